// The alarm list as it stands on the page. New alarms wait above it until asked for, so that no row moves under the cursor.
import { api } from '../api';
import type { Alarm } from '../api_types';
import { alarms, byUrgency, isOpen, setAlarm } from './world.svelte';

export class AlarmList {
  all = $state(false);
  order = $state.raw<string[]>([]);
  failure = $state('');
  /** Where the alarms that the server has not sent yet end; null when it has sent them all. */
  older = $state<number | null>(null);
  loading = $state(false);

  readonly shown = $derived(this.order.map((id) => alarms.get(id)).filter((a): a is Alarm => a !== undefined));
  readonly waiting = $derived.by(() => {
    const known = new Set(this.order);
    return [...alarms.values()].filter((a) => isOpen(a) && !known.has(a.alarm)).sort(byUrgency);
  });

  /** Puts everything in its place, the new ones too. */
  arrange() {
    this.order = [...alarms.values()].filter((a) => this.all || isOpen(a)).sort(byUrgency).map((a) => a.alarm);
  }

  load() { return this.fetch(); }

  /** The page of alarms before those shown. */
  loadOlder() { return this.older === null ? undefined : this.fetch(this.older); }

  private async fetch(before?: number) {
    this.loading = true;
    const all = this.all;
    try {
      const page = await api.alarms(all ? 'all' : 'open', before);
      if (this.all !== all) return;  // the other list was chosen meanwhile, and loads itself
      for (const a of page.alarms) setAlarm(a);
      this.older = page.next_before ?? null;
      this.failure = '';
    } catch (error) {
      if (this.all !== all) return;
      this.failure = (error as Error).message;
    }
    this.loading = false;
    this.arrange();
  }

  /** The alarm `by` rows from `id`; the first when there is none. */
  step(id: string, by: number): string | null {
    const at = this.order.indexOf(id);
    return this.order[at < 0 ? 0 : Math.min(Math.max(0, at + by), this.order.length - 1)] ?? null;
  }
}
