import { describe, expect, it } from 'vitest';
import type { Lot } from '../api_types';
import { kStages, stageAt } from './stages';

const lot = (more: Partial<Lot>) => ({ state: 'discharging', ended: null, ...more }) as Lot;

describe('stages for the importer', () => {
  it('follows the lot from declaration to release', () => {
    expect(kStages[stageAt(lot({ state: 'declared' }))]).toBe('declared');
    expect(kStages[stageAt(lot({}))]).toBe('discharging');
    const ended = { ended: '2026-11-23T18:00:00Z', state: 'inspected' as const };
    expect(kStages[stageAt(lot({ ...ended, increments: { planned: [1, 2], taken: [1] } }))]).toBe('sampled');
    expect(kStages[stageAt(lot({ ...ended, increments: { planned: [1, 2], taken: [1, 2] } }))]).toBe('laboratory');
    expect(kStages[stageAt(lot({ ...ended, state: 'release_proposed' }))]).toBe('released');
    expect(stageAt(lot({ ...ended, state: 'released' }))).toBe(kStages.length);
  });
  it('keeps a lot that is held while it is discharged at discharging', () => {
    expect(kStages[stageAt(lot({ state: 'held' }))]).toBe('discharging');
  });
});
