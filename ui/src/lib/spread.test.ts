import { describe, expect, it } from 'vitest';
import { spread } from './spread';

describe('labels along the belt', () => {
  it('leaves those with room where they want to be', () => {
    expect(spread([10, 100, 300], 50, 0, 400)).toEqual([10, 100, 300]);
  });
  it('pushes crowded ones apart evenly', () => {
    expect(spread([100, 100], 50, 0, 400)).toEqual([75, 125]);
  });
  it('keeps them on the page', () => {
    expect(spread([5, 10, 390, 395], 50, 0, 400)).toEqual([0, 50, 350, 400]);
  });
});
