// Clock times carry the site's zone; ages are reckoned from the site's clock, not the browser's.

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let f = formats.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, hourCycle: 'h23' });
    formats.set(key, f);
  }
  return f;
}

/** "UTC+8" for Asia/Shanghai at that moment. */
export function zoneName(ms: number, zone: string): string {
  const part = format(zone, { timeZoneName: 'shortOffset' }).formatToParts(ms).find((p) => p.type === 'timeZoneName');
  return (part?.value ?? zone).replace('GMT', 'UTC').replace(/^UTC\+0$/, 'UTC');
}

export function clock(ms: number, zone: string, seconds = true): string {
  return format(zone, { hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) }).format(ms);
}

/** "2026-11-23". */
export function day(ms: number, zone: string): string {
  const parts = format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(ms);
  const get = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return `${get('year')}-${get('month')}-${get('day')}`;
}

/** "11-23 14:05:09 UTC+8": for lists, where the year goes without saying. */
export function stamp(time: string | null | undefined, zone: string): string {
  const ms = time ? Date.parse(time) : NaN;
  if (!Number.isFinite(ms)) return '–';
  return `${day(ms, zone).slice(5)} ${clock(ms, zone)} ${zoneName(ms, zone)}`;
}

export type Units = { s: string; min: string; h: string; d: string };

/** A length of time in at most two units: "12 s", "3 min 05 s", "2 h 07 min", "3 d 04 h". */
export function span(seconds: number, u: Units): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 60) return `${s} ${u.s}`;
  if (s < 3600) return `${Math.floor(s / 60)} ${u.min} ${two(s % 60)} ${u.s}`;
  if (s < 86400) return `${Math.floor(s / 3600)} ${u.h} ${two(Math.floor((s % 3600) / 60))} ${u.min}`;
  return `${Math.floor(s / 86400)} ${u.d} ${two(Math.floor((s % 86400) / 3600))} ${u.h}`;
}
