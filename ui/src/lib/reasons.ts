// The common reasons of each act, most frequent first; own words are always possible.
import type { Key } from '../i18n/dictionary.svelte';

const reasons: Record<string, string[]> = {
  explain: ['checked_on_site', 'instrument_effect', 'wet_material', 'lot_change', 'known_source', 'natural_ore', 'is_ore'],
  watch: ['trend', 'more_evidence'],
  order_sample: ['confirm_composition', 'confirm_waste', 'more_evidence'],
  request_stop: ['object_in_reach', 'danger_belt', 'danger_people', 'confirm_radioactivity'],
  remove_object: ['foreign_object', 'danger_belt', 'is_metal', 'is_wood', 'is_plastic', 'is_rubber'],
  hold_interval: ['limit_exceeded', 'confirm_waste', 'confirm_radioactivity', 'more_evidence'],
  refer_laboratory: ['confirm_composition', 'confirm_waste', 'confirm_radioactivity'],
  escalate: ['beyond_authority', 'second_opinion', 'danger_people'],
  shelve: ['maintenance', 'known_fault'],
  out_of_service: ['maintenance', 'known_fault'],
  in_service: ['repaired'],
  release: ['all_in_order', 'hole_sampled', 'hole_small', 'alarm_answered'],
  hold: ['waiting_laboratory', 'limit_exceeded', 'wrong_goods'],
  reject: ['solid_waste', 'radioactive', 'limit_exceeded', 'wrong_goods'],
  resume: ['laboratory_clear', 'checked_on_site'],
  lift: ['laboratory_clear', 'checked_on_site'],
  withdraw: ['not_the_ore', 'wrong_goods'],
  consent: ['agree', 'hole_sampled'],
};

/** `code`: of the alarm that is decided on, where there is one. */
export const reasonsFor = (kind: string, code?: string): Key[] =>
  (reasons[kind] ?? []).map((r) => `reason.${r}` as Key).filter((r) => r !== naturalOre.reason || !!usualReason[code ?? '']);

/** Decisions on a case, with the key of each that has one. */
export const caseActs: { kind: string; key?: string }[] = [
  { kind: 'explain', key: 'e' }, { kind: 'watch', key: 'w' }, { kind: 'order_sample', key: 's' }, { kind: 'hold_interval', key: 'h' },
  { kind: 'remove_object' }, { kind: 'request_stop' }, { kind: 'refer_laboratory' }, { kind: 'escalate' },
];
/** The reason that explains most alarms of a code, on a key of its own. Never one that would explain away an artificial source. */
const naturalOre = { key: 'o', word: 'act.natural_ore' as Key, reason: 'reason.natural_ore' as Key, code: 'natural_ore' };
export const usualReason: Record<string, typeof naturalOre | undefined> = { natural_radioactivity_high: naturalOre };
/** What is above a limit is not explained in passing; a score above its test's threshold is no limit. The center says the same. */
export const aboveLimit = (measured: { name: string; value: number; high?: number | null }[]) =>
  measured.some((m) => m.high != null && m.value > m.high && m.name !== 'alarm_score');

export const wantsRange = (kind: string) => kind === 'order_sample' || kind === 'hold_interval';
