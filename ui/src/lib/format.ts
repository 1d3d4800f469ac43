// Numbers as an officer reads them: no more digits than the uncertainty earns, thin spaces, a true minus sign.

const THIN = '\u2009';
export const NONE = '–';

/** 12345.5 → "12 345.5" with thin spaces; the decimals are fixed so that columns align. */
export function grouped(value: number, decimals = 0): string {
  if (!Number.isFinite(value)) return NONE;
  const fixed = Math.abs(value).toFixed(decimals);
  const [whole, fraction] = fixed.split('.');
  const withSpaces = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  const negative = value < 0 && Number(fixed) !== 0;
  return (negative ? '−' : '') + withSpaces + (fraction ? '.' + fraction : '');
}

/** Decimals that an uncertainty earns: two significant digits of it (GUM 7.2.6), never more than six. */
export function decimalsFor(stdError: number): number {
  if (!(stdError > 0) || !Number.isFinite(stdError)) return 0;
  const exponent = Math.floor(Math.log10(stdError));
  const decimals = Math.max(0, 1 - exponent);
  // 0.0996 rounds up to 0.10, which would be three digits at the first guess.
  const rounded = Number(stdError.toFixed(Math.min(decimals, 6)));
  const shift = rounded >= 10 ** (exponent + 1) ? 1 : 0;
  return Math.min(6, Math.max(0, decimals - shift));
}

/** An exact number (a count, a limit as written): its own digits, at most `most`. */
export function exact(value: number, most = 3): string {
  if (!Number.isFinite(value)) return NONE;
  const text = String(Number(value.toFixed(most)));
  const decimals = text.includes('e') ? 0 : (text.split('.')[1]?.length ?? 0);
  return grouped(value, decimals);
}

export interface Parts { value: string; error: string }

/** A number whose uncertainty nobody stated: four significant digits say enough. */
function fourDigits(value: number): string {
  const whole = Math.abs(value) < 1 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  return exact(value, Math.max(0, 4 - whole));
}

/** 61.8372, 0.3149 → { value: "61.84", error: "0.31" }; without an uncertainty the value stands alone. */
export function valueParts(value: number, stdError: number): Parts {
  if (!(stdError > 0)) return { value: fourDigits(value), error: '' };
  const decimals = decimalsFor(stdError);
  return { value: grouped(value, decimals), error: grouped(stdError, decimals) };
}

/** "1" is how the wire says "no unit". */
export function unitText(unit: string): string {
  return unit === '1' || unit === '' ? '' : unit.replace('m3', 'm³').replace('m2', 'm²');
}

/** "61.84 ± 0.31 %". */
export function measuredText(value: number, stdError: number, unit: string): string {
  const { value: v, error } = valueParts(value, stdError);
  const u = unitText(unit);
  return v + (error ? ` ± ${error}` : '') + (u ? `${THIN}${u}` : '');
}

export const tonnes = (t: number, decimals = 0) => `${grouped(t, decimals)}${THIN}t`;

export function tonneRange(from: number, to: number): string {
  const decimals = to - from < 10 ? 1 : 0;
  return `${grouped(from, decimals)}–${grouped(to, decimals)}${THIN}t`;
}

/** Never "100 %" while something is missing: 0.9997 → "99.9 %". */
export function percent(fraction: number, decimals = 1): string {
  const scale = 10 ** decimals;
  const floored = Math.floor(fraction * 100 * scale + 1e-9) / scale;
  return `${grouped(floored, floored === 100 ? 0 : decimals)}${THIN}%`;
}

/** What an alarm is of: its own label, or the classes of its objects, the surest first. */
export function alarmLabels(alarm: { label: string; classes?: { label: string }[] }): string[] {
  if (alarm.classes?.length) return alarm.classes.map((c) => c.label);
  return alarm.label ? [alarm.label] : [];
}
