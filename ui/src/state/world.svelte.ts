// What is known of the site now: loaded once, then kept true by the push.
import { SvelteMap } from 'svelte/reactivity';
import { api, ApiError } from '../api';
import type { Alarm, Frame, Instrument, Line, Lot, Priority, Role, Site } from '../api_types';
import { listen, siteNow, whenReconnected } from './stream.svelte';

export const lines = new SvelteMap<string, Line>();
export const lots = new SvelteMap<string, Lot>();
export const alarms = new SvelteMap<string, Alarm>();
export const instruments = new SvelteMap<string, Instrument>();
/** The site's clock when an alarm's place was last heard; its countdown runs from there. */
export const heardAt = new Map<string, number>();
export const frames = new SvelteMap<string, Frame>();   // newest by line

let site = $state<Site | null>(null);
let failure = $state<ApiError | null>(null);
let loading = $state(false);
let role: Role = 'officer';

export const currentSite = () => site;
export const zone = () => site?.timezone ?? 'UTC';
export const worldFailure = () => failure;
export const worldLoading = () => loading;

const rank: Record<Priority, number> = { critical: 0, high: 1, medium: 2, low: 3 };
const finished = new Set(['closed']);
const quietStates = new Set(['shelved', 'suppressed', 'out_of_service']);
export const isOpen = (a: Alarm) => !finished.has(a.state);
export const isQuiet = (a: Alarm) => quietStates.has(a.state);

/** Highest first, then those nobody has seen, then newest. */
export function byUrgency(a: Alarm, b: Alarm): number {
  const seen = (x: Alarm) => (x.state === 'unacknowledged' ? 0 : isQuiet(x) ? 2 : 1);
  return Number(!isOpen(a)) - Number(!isOpen(b)) || rank[a.priority] - rank[b.priority] || seen(a) - seen(b) ||
    Date.parse(b.raised) - Date.parse(a.raised) || a.alarm.localeCompare(b.alarm);
}

/** A push carries no lists: what was known of them stays. */
export function mergeLot(old: Lot | undefined, fresh: Lot): Lot {
  return { ...old, ...Object.fromEntries(Object.entries(fresh).filter(([, v]) => v !== undefined)) } as Lot;
}

/** Takes an alarm as just heard. */
export function setAlarm(a: Alarm) {
  heardAt.set(a.alarm, siteNow() || Math.max(0, ...[...lines.values()].map((l) => Date.parse(l.time) || 0)));
  alarms.set(a.alarm, a);
}

listen((m) => {
  if (m.type === 'line') lines.set(m.line, { ...m, runs: m.runs ?? lines.get(m.line)?.runs });
  else if (m.type === 'lot') lots.set(m.lot, mergeLot(lots.get(m.lot), m));
  else if (m.type === 'alarm') setAlarm(m);
  else if (m.type === 'instrument') instruments.set(m.instrument, m);
  else if (m.type === 'frame') frames.set(m.line ?? '', m);
});
whenReconnected(() => void loadAll(role));

export async function loadAll(asRole: Role) {
  role = asRole;
  loading = true;
  try {
    const lotList = api.lots();
    site = await api.site();
    for (const l of site.lines) lines.set(l.line, { ...l, runs: l.runs ?? lines.get(l.line)?.runs });
    for (const l of (await lotList).lots) lots.set(l.lot, mergeLot(lots.get(l.lot), l));
    if (role !== 'consignee' && role !== 'terminal') {
      const [open, devices] = await Promise.all([api.alarms('open'), api.instruments()]);
      const stillOpen = new Set(open.alarms.map((a) => a.alarm));
      for (const [id, a] of alarms) if (isOpen(a) && !stillOpen.has(id)) alarms.delete(id);
      for (const a of open.alarms) setAlarm(a);
      for (const d of devices.instruments) instruments.set(d.instrument, d);
    }
    failure = null;
  } catch (error) {
    failure = error instanceof ApiError ? error : new ApiError(0, 'error', String(error));
  } finally {
    loading = false;
  }
}

export function forget() {
  site = null;
  failure = null;
  for (const map of [lines, lots, alarms, instruments, frames]) map.clear();
}
