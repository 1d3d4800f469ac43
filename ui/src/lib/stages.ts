// How far a lot has come, as its importer understands it.
import type { Lot } from '../api_types';

export const kStages = ['declared', 'discharging', 'inspected', 'sampled', 'laboratory', 'released'] as const;
export type Stage = (typeof kStages)[number];

/** The stage being worked on, as an index into kStages; kStages.length when all is done. */
export function stageAt(lot: Lot): number {
  if (lot.state === 'declared') return 0;
  if (lot.state === 'discharging') return 1;
  if (lot.state === 'released') return kStages.length;
  if (!lot.ended) return 1;
  if (lot.state === 'release_proposed') return 5;
  const planned = lot.increments?.planned.length ?? 0, taken = lot.increments?.taken.length ?? 0;
  return taken < planned ? 3 : 4;
}
