import { describe, expect, it } from 'vitest';
import { alarmLabels, decimalsFor, exact, grouped, measuredText, percent, tonneRange, valueParts } from './format';

const plain = (s: string) => s.replaceAll('\u2009', '_');

describe('numbers', () => {
  it('groups thousands with thin spaces and keeps the decimals it is told', () => {
    expect(plain(grouped(1234567.891, 1))).toBe('1_234_567.9');
    expect(plain(grouped(999))).toBe('999');
    expect(plain(grouped(-1234.5, 1))).toBe('−1_234.5');
  });
  it('never shows minus nought or a number that is none', () => {
    expect(grouped(-0.001, 1)).toBe('0.0');
    expect(grouped(NaN)).toBe('–');
  });
  it('earns its digits from the uncertainty', () => {
    expect(decimalsFor(0.3149)).toBe(2);
    expect(decimalsFor(0.0312)).toBe(3);
    expect(decimalsFor(3.2)).toBe(1);
    expect(decimalsFor(42)).toBe(0);
    expect(decimalsFor(0.0996)).toBe(2);
    expect(decimalsFor(0)).toBe(0);
  });
  it('rounds value and error to the same place', () => {
    expect(valueParts(61.8372, 0.3149)).toEqual({ value: '61.84', error: '0.31' });
    expect(valueParts(5.2, 1.26)).toEqual({ value: '5.2', error: '1.3' });
    expect(valueParts(282.909, 0)).toEqual({ value: '282.9', error: '' });
    expect(valueParts(812, 43.7)).toEqual({ value: '812', error: '44' });
  });
  it('writes a measured number with its unit, and an exact one without error', () => {
    expect(plain(measuredText(61.8372, 0.3149, '%'))).toBe('61.84 ± 0.31_%');
    expect(plain(measuredText(14, 0, '1'))).toBe('14');
    expect(plain(exact(60.5))).toBe('60.5');
  });
  it('writes tonnes as a range, finer when it is short', () => {
    expect(plain(tonneRange(12340, 12390))).toBe('12_340–12_390_t');
    expect(plain(tonneRange(12340.21, 12340.88))).toBe('12_340.2–12_340.9_t');
  });
  it('does not round a hole in coverage away', () => {
    expect(plain(percent(0.9999))).toBe('99.9_%');
    expect(plain(percent(1))).toBe('100_%');
    expect(plain(percent(0.29))).toBe('29.0_%');
  });
});

describe('alarm labels', () => {
  it('are the classes of its objects, or its own', () => {
    expect(alarmLabels({ label: 'wood', classes: [{ label: 'wood' }, { label: 'rope' }] })).toEqual(['wood', 'rope']);
    expect(alarmLabels({ label: 'Cs-137', classes: [] })).toEqual(['Cs-137']);
    expect(alarmLabels({ label: '' })).toEqual([]);
  });
});
