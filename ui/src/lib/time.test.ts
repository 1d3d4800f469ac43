import { describe, expect, it } from 'vitest';
import { clock, day, span, stamp, zoneName } from './time';

const t = Date.parse('2026-11-23T18:05:09.250Z');
const u = { s: 's', min: 'min', h: 'h', d: 'd' };

describe('times', () => {
  it("shows the site's clock and names its zone", () => {
    expect(clock(t, 'Asia/Shanghai')).toBe('02:05:09');
    expect(day(t, 'Asia/Shanghai')).toBe('2026-11-24');
    expect(zoneName(t, 'Asia/Shanghai')).toBe('UTC+8');
    expect(stamp('2026-11-23T18:05:09.250Z', 'Asia/Shanghai')).toBe('11-24 02:05:09 UTC+8');
    expect(zoneName(t, 'UTC')).toBe('UTC');
  });
  it('shows a dash where there is no time', () => {
    expect(stamp(null, 'UTC')).toBe('–');
    expect(stamp('soon', 'UTC')).toBe('–');
  });
  it('writes spans in at most two units', () => {
    expect(span(12.4, u)).toBe('12 s');
    expect(span(185, u)).toBe('3 min 05 s');
    expect(span(7620, u)).toBe('2 h 07 min');
    expect(span(86400 * 3 + 4 * 3600, u)).toBe('3 d 04 h');
    expect(span(-5, u)).toBe('0 s');
  });
});
