// Round places for the tonne axis: each lot counts from its own nought.
import type { Run } from '../api_types';

export interface Tick { x: number; lot: string; t: number }

/** 1, 2 or 5 times a power of ten, at least `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)));
  for (const m of [1, 2, 5]) if (m * power >= least) return m * power;
  return 10 * power;
}

export function tonneTicks(runs: Run[], from: number, to: number, most: number): Tick[] {
  const step = niceStep((to - from) / Math.max(1, most));
  const out: Tick[] = [];
  for (const r of runs) {
    const shift = r.line_t - r.from_t;
    const a = Math.max(r.from_t, from - shift), b = Math.min(r.to_t, to - shift);
    for (let k = Math.ceil(a / step); k * step <= b; k++) out.push({ x: k * step + shift, lot: r.lot, t: k * step });
  }
  return out;
}
