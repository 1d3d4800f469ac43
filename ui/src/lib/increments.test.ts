import { describe, expect, it } from 'vitest';
import { increments } from './increments';

describe('increments', () => {
  it('tells taken, missed and still to come apart', () => {
    expect(increments([100, 200, 300, 400], [103, 305], 320)).toEqual([
      { t: 103, kind: 'taken' },
      { t: 200, kind: 'missed' },
      { t: 305, kind: 'taken' },
      { t: 400, kind: 'planned' },
    ]);
  });
  it('shows an increment nobody planned, and a single planned one', () => {
    expect(increments([], [50], 100)).toEqual([{ t: 50, kind: 'taken' }]);
    expect(increments([500], [], 100)).toEqual([{ t: 500, kind: 'planned' }]);
  });
});
