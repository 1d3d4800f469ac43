import { describe, expect, it } from 'vitest';
import { aboveLimit, caseActs, reasonsFor, usualReason } from './reasons';

describe('the reason on a key of its own', () => {
  it('is there for what the ore itself may do', () => {
    const usual = usualReason.natural_radioactivity_high;
    expect(usual?.key).toBe('o');
    expect(reasonsFor('explain', 'natural_radioactivity_high')).toContain(usual?.reason);
    expect(usual?.code).toBe('natural_ore');
    expect(caseActs.some((act) => act.key === usual?.key)).toBe(false);
  });
  it('is not there where a limit is exceeded', () => {
    expect(aboveLimit([{ name: 'Th-232', value: 1500, high: 1000 }])).toBe(true);
    expect(aboveLimit([{ name: 'Th-232', value: 90, high: 1000 }, { name: 'times_usual', value: 9 }, { name: 'I_Ra', value: 3, high: null }])).toBe(false);
    expect(aboveLimit([{ name: 'alarm_score', value: 9, high: 5 }])).toBe(false);
  });
  it('is never there for an artificial source', () => {
    expect(usualReason.artificial_source).toBeUndefined();
    expect(usualReason.gamma_excess).toBeUndefined();  // no nuclide fits: it may be artificial
    for (const code of ['artificial_source', 'gamma_excess', 'slag_suspect', undefined]) expect(reasonsFor('explain', code)).not.toContain('reason.natural_ore');
  });
});
