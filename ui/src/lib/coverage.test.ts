import { describe, expect, it } from 'vitest';
import type { ModelCoverage } from '../api_types';
import { covered, holes, judgedTo } from './coverage';

const model = (name: string, intervals: [number, number][], required = true): ModelCoverage =>
  ({ name, fitted: true, fraction: 0, intervals, required });

describe('coverage', () => {
  it('names the tonnes that a required model did not see, and who did not', () => {
    const models = [model('slag', [[0, 100], [150, 300]]), model('gamma', [[0, 200], [250, 300]]), model('extra', [], false)];
    expect(holes(models, 300)).toEqual([
      { from: 100, to: 150, models: ['slag'] },
      { from: 200, to: 250, models: ['gamma'] },
    ]);
  });
  it('has one hole over everything for a model that is not fitted', () => {
    expect(holes([model('slag', [])], 120)).toEqual([{ from: 0, to: 120, models: ['slag'] }]);
  });
  it('does not call tonnes a hole that nobody could have judged yet', () => {
    const models = [model('slag', [[0, 100]]), model('gamma', [[0, 150]])];
    expect(judgedTo(models, 180, false)).toBe(150);
    expect(judgedTo(models, 180, true)).toBe(180);
    expect(judgedTo([], 180, false)).toBe(0);
  });
  it('sums what was covered', () => {
    expect(covered([[0, 100], [150, 300]])).toBe(250);
  });
});
