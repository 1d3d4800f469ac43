import { describe, expect, it } from 'vitest';
import type { Line, Lot, Run } from '../api_types';
import { lineEnd, lineTonne, lotTonne, pieces, runsNow } from './runs';

// A, then B, then A again: two lots interleaved on one belt.
const runs: Run[] = [
  { lot: 'A', from_t: 0, to_t: 100, line_t: 0 },
  { lot: 'B', from_t: 0, to_t: 40, line_t: 100 },
  { lot: 'A', from_t: 100, to_t: 160, line_t: 140 },
];
const line = (lot: string, tonnes_passed: number) => ({ line: 'L1', lot, tonnes_passed }) as Line;

describe('the tonne axis of interleaved lots', () => {
  it('finds the place of a lot tonne, and the lot tonne of a place', () => {
    expect(lineTonne(runs, 'A', 120)).toBe(160);
    expect(lineTonne(runs, 'B', 10)).toBe(110);
    expect(lineTonne(runs, 'A', 161)).toBeNull();
    expect(lotTonne(runs, 110)).toEqual({ lot: 'B', t: 10 });
    expect(lotTonne(runs, 201)).toBeNull();
    expect(lineEnd(runs)).toBe(200);
  });
  it('cuts an interval where another lot lies between', () => {
    expect(pieces(runs, 'A', 90, 110)).toEqual([[90, 100], [140, 150]]);
  });
  it('grows with the tonne at the datum, and begins a run when the lot changes', () => {
    expect(lineEnd(runsNow(line('A', 170), runs, []))).toBe(210);
    const changed = runsNow(line('B', 45), runs, []);
    expect(changed[3]).toEqual({ lot: 'B', from_t: 40, to_t: 45, line_t: 200 });
  });
  it('lays lots end to end when the server names no runs', () => {
    const lots = [
      { lot: 'B', started: '2026-01-02T00:00:00Z', tonnes_passed: 40 },
      { lot: 'A', started: '2026-01-01T00:00:00Z', tonnes_passed: 100 },
      { lot: 'C', started: null, tonnes_passed: 0 },
    ] as Lot[];
    expect(runsNow(line('B', 42), [], lots)).toEqual([
      { lot: 'A', from_t: 0, to_t: 100, line_t: 0 },
      { lot: 'B', from_t: 0, to_t: 42, line_t: 100 },
    ]);
  });
});
