import { describe, expect, it } from 'vitest';
import { excess, median, strength } from './waterfall';

describe('a waterfall', () => {
  it('shows what passes, not what is always there', () => {
    const rows = [[400, 100], [400, 100], [400, 150], [400, 100], [400, 100]];
    const seen = excess(rows, [1, 1, 1, 1, 1]);
    expect(seen[0]).toEqual([0, 0]);
    expect(seen[2]).toEqual([0, 5]);
  });
  it('counts by live time, so that rows put together do not stand out', () => {
    expect(excess([[100], [200], [100]], [1, 2, 1])).toEqual([[0], [0], [0]]);
  });
  it('has no deviation where nothing is counted', () => {
    expect(excess([[0], [0]], [1, 0])).toEqual([[0], [0]]);
    expect(excess([], [])).toEqual([]);
  });
  it('draws from two standard deviations on', () => {
    expect([1, 2, 5, 8, 20].map(strength)).toEqual([0, 0, 0.5, 1, 1]);
    expect(median([3, 1, 2, 10])).toBe(2.5);
  });
});
