// Which tonnes were inspected: holes are what people must see.
import type { Interval, ModelCoverage } from '../api_types';

export interface Hole { from: number; to: number; models: string[] }

/** The tonnes below `judgedTo` that at least one required model did not inspect, and which models those are. */
export function holes(models: ModelCoverage[], judgedTo: number): Hole[] {
  const required = models.filter((m) => m.required);
  const cuts = new Set<number>([0, judgedTo]);
  for (const m of required) for (const [a, b] of m.intervals) for (const x of [a, b]) if (x > 0 && x < judgedTo) cuts.add(x);
  const edges = [...cuts].sort((a, b) => a - b);
  const out: Hole[] = [];
  const at = required.map(() => 0);
  for (let i = 0; i + 1 < edges.length; i++) {
    const a = edges[i], b = edges[i + 1];
    if (b - a < 1e-6) continue;
    const mid = (a + b) / 2;
    const missing: string[] = [];
    required.forEach((m, k) => {
      while (at[k] < m.intervals.length && m.intervals[at[k]][1] <= mid) at[k]++;
      const covered = at[k] < m.intervals.length && m.intervals[at[k]][0] <= mid;
      if (!covered) missing.push(m.name);
    });
    if (!missing.length) continue;
    const last = out[out.length - 1];
    if (last && last.to === a && last.models.join() === missing.join()) last.to = b;
    else out.push({ from: a, to: b, models: missing });
  }
  return out;
}

/** How far judging has come: the furthest end of any required model's coverage; beyond it tonnes are merely not there yet. */
export function judgedTo(models: ModelCoverage[], passed: number, ended: boolean): number {
  if (ended) return passed;
  const ends = models.filter((m) => m.required).flatMap((m) => m.intervals.slice(-1).map((i) => i[1]));
  return ends.length ? Math.min(passed, Math.max(...ends)) : 0;
}

/** Total length of sorted, disjoint intervals. */
export const covered = (intervals: Interval[]) => intervals.reduce((sum, [a, b]) => sum + (b - a), 0);
