import { describe, expect, it } from 'vitest';
import { niceStep, tonneTicks } from './ticks';

describe('tonne axis', () => {
  it('steps in ones, twos and fives', () => {
    expect([3, 0.7, 180, 1000, 2001].map(niceStep)).toEqual([5, 1, 200, 1000, 5000]);
  });
  it("counts each lot's own tonnes", () => {
    const runs = [
      { lot: 'A', from_t: 0, to_t: 1030, line_t: 0 },
      { lot: 'B', from_t: 0, to_t: 500, line_t: 1030 },
    ];
    expect(tonneTicks(runs, 800, 1600, 4)).toEqual([
      { x: 800, lot: 'A', t: 800 },
      { x: 1000, lot: 'A', t: 1000 },
      { x: 1030, lot: 'B', t: 0 },
      { x: 1230, lot: 'B', t: 200 },
      { x: 1430, lot: 'B', t: 400 },
    ]);
  });
});
