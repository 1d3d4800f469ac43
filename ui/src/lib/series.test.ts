import { describe, expect, it } from 'vitest';
import type { Run, Series } from '../api_types';
import { SeriesStore } from './series';

const runs: Run[] = [
  { lot: 'A', from_t: 0, to_t: 200, line_t: 0 },
  { lot: 'B', from_t: 0, to_t: 100, line_t: 200 },
];
const head = { name: 'Fe', model: 'brand_regression', unit: '%' };
const fe = (points: Series['points']): Series => ({ ...head, points });

describe('series along the belt', () => {
  it('draws each judged interval as a step and unjudged tonnes as a hole', () => {
    const store = new SeriesStore();
    store.load('A', [fe([[0, 50, 61, 0.5, 1000], [50, 100, 62, 0, 2000], [150, 200, 60, 0, 4000]])], 0, 200);
    const c = store.columns('Fe', runs, 0, 300);
    expect(c.x).toEqual([0, 50, 50, 100, 125, 150, 200]);
    expect(c.value).toEqual([61, 61, 62, 62, null, 60, 60]);
    expect(c.breaks).toEqual([[100, 150]]);
    expect(c.high.slice(0, 3)).toEqual([62, 62, 62]);
    expect(c.low.slice(0, 3)).toEqual([60, 60, 62]);
  });
  it("breaks the curve where one lot's tonnes meet the next one's", () => {
    const store = new SeriesStore();
    store.push({ ...head, line: 'L1', lot: 'A', point: [150, 200, 62, 0, 0] });
    store.push({ ...head, line: 'L1', lot: 'B', point: [0, 50, 58, 0, 0] });
    const c = store.columns('Fe', runs, 0, 300);
    expect(c.x).toEqual([150, 200, 200, 200, 250]);
    expect(c.value).toEqual([62, 62, null, 58, 58]);
    expect(c.breaks).toEqual([[200, 200]]);
  });
  it('lays a second lot after the first', () => {
    const store = new SeriesStore();
    store.push({ ...head, line: 'L1', lot: 'B', point: [10, 20, 58, 0, 0] });
    expect(store.columns('Fe', runs, 0, 300).x).toEqual([210, 220]);
  });
  it('keeps order when a point arrives late, and replaces what covers the same tonnes', () => {
    const store = new SeriesStore();
    for (const [a, b, v] of [[0, 50, 1], [100, 150, 3], [50, 100, 2], [100, 150, 4]])
      store.push({ ...head, line: 'L1', lot: 'A', point: [a, b, v, 0, 0] });
    expect(store.at('Fe', 'A', 75)?.[2]).toBe(2);
    expect(store.at('Fe', 'A', 120)?.[2]).toBe(4);
    expect(store.columns('Fe', runs, 0, 200).value).toEqual([1, 1, 2, 2, 4, 4]);
  });
  it('says nothing of tonnes that nobody judged', () => {
    const store = new SeriesStore();
    store.load('A', [fe([[0, 50, 61, 0, 1000], [100, 150, 60, 0, 3000]])], 0, 150);
    expect(store.at('Fe', 'A', 70)).toBeNull();
    expect(store.at('Fe', 'A', 160)).toBeNull();
    expect(store.newest('Fe', 'A')?.[2]).toBe(60);
    expect(store.timeAt('A', 90)).toBe(3000);
  });
  it('a closer look replaces the coarse one only where it looked', () => {
    const store = new SeriesStore();
    store.load('A', [fe([[0, 100, 1, 0, 0], [100, 200, 2, 0, 0]])], 0, 200);
    store.load('A', [fe([[0, 50, 5, 0, 0], [50, 100, 6, 0, 0]])], 0, 100);
    expect(store.columns('Fe', runs, 0, 200).value).toEqual([5, 5, 6, 6, 2, 2]);
  });
});
