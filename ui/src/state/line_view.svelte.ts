// What one line's page looks at: a window on the tonne axis, following or frozen, and one cursor through everything.
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { api } from '../api';
import type { Lot, Push, Run } from '../api_types';
import { lineEnd, lineTonne, lotTonne, pieces, runsNow } from '../lib/runs';
import { SeriesStore } from '../lib/series';
import { listen, whenReconnected } from './stream.svelte';
import { lines, lots } from './world.svelte';

const kRedrawMs = 250;          // as often as the server pushes
const kDetailMs = 4000;
const kLoadDelayMs = 250;
const kLead = 0.02;            // share of the window kept free right of the newest tonne
export const kWindows = [500, 2000, 10000, Infinity];

export class LineView {
  readonly line: string;
  readonly store = new SeriesStore();
  readonly details = new SvelteMap<string, Lot>();   // with coverage, increments
  window = $state(2000);
  follow = $state(true);
  frozenTo = $state(0);
  cursor = $state<number | null>(null);
  redraw = $state(0);
  loadError = $state('');

  private knownRuns = $state.raw<Run[]>([]);
  private stop: (() => void)[] = [];
  private redrawTimer: ReturnType<typeof setTimeout> | undefined;
  private loadTimer: ReturnType<typeof setTimeout> | undefined;
  private lastLoad: { lot: string; t: number } | null = null;

  // Everything on the axis moves together, once a redraw, and not for each of the messages between.
  readonly runs = $derived.by(() => {
    void this.redraw;
    return untrack(() => {
      const l = lines.get(this.line);
      return l ? runsNow(l, l.runs ?? this.knownRuns, [...lots.values()]) : [];
    });
  });
  readonly end = $derived(lineEnd(this.runs));
  readonly span = $derived(Number.isFinite(this.window) ? this.window : Math.max(500, this.end));
  readonly to = $derived(this.follow ? Math.max(this.end, this.span * (1 - kLead)) + this.span * kLead : this.frozenTo);
  readonly from = $derived(this.to - this.span);
  readonly cursorLot = $derived(this.cursor === null ? null : lotTonne(this.runs, this.cursor));

  constructor(line: string) {
    this.line = line;
    this.stop.push(listen((m) => this.take(m)));
    // What was pushed while the line was down never comes again: a curve would keep a hole where something was judged.
    this.stop.push(whenReconnected(() => this.reload()));
    const timer = setInterval(() => void this.loadDetails(), kDetailMs);
    this.stop.push(() => clearInterval(timer), () => clearTimeout(this.redrawTimer), () => clearTimeout(this.loadTimer));
    void this.begin();
  }

  close() { for (const s of this.stop) s(); }

  private async begin() {
    try {
      const l = await api.line(this.line);
      lines.set(this.line, l);
      this.knownRuns = l.runs ?? [];
      this.redraw++;
      await Promise.all([this.load(), this.loadDetails()]);
    } catch (error) {
      this.loadError = (error as Error).message;
    }
  }

  private touch() {
    this.redrawTimer ??= setTimeout(() => { this.redrawTimer = undefined; this.redraw++; }, kRedrawMs);
  }

  private take(m: Push) {
    if (m.type === 'points') {
      for (const p of m.points) if (p.line === this.line) this.store.push(p);
      if (m.missed) this.reload();
      this.touch();
    } else if (m.type === 'line' && m.line === this.line) {
      if (m.lot) this.noteLoad(m.lot, m.tonnes_passed, m.load_kg_per_m, Date.parse(m.time));
      this.touch();
    }
  }

  /** Where no model reports the belt's load, the line's own readings draw it while the page is open. */
  private noteLoad(lot: string, t: number, load: number, time: number) {
    const head = this.store.head('belt_load');
    const last = this.lastLoad;
    this.lastLoad = { lot, t };
    if ((head && head.model !== 'line') || !last || last.lot !== lot || t <= last.t) return;
    this.store.push({ line: this.line, lot, name: 'belt_load', model: 'line', unit: 'kg/m', point: [last.t, t, load, 0, time] });
  }

  /** The lots that the window shows, with the tonnes of each. */
  visible(): { lot: string; from: number; to: number }[] {
    const out = new Map<string, { lot: string; from: number; to: number }>();
    for (const r of this.runs) {
      const a = Math.max(r.from_t, r.from_t + this.from - r.line_t), b = Math.min(r.to_t, r.from_t + this.to - r.line_t);
      if (b <= a) continue;
      const known = out.get(r.lot);
      out.set(r.lot, { lot: r.lot, from: Math.min(a, known?.from ?? a), to: Math.max(b, known?.to ?? b) });
    }
    return [...out.values()];
  }

  async load() {
    for (const v of this.visible()) {
      // A tonne more on either side, so that the line enters from the edge.
      const from_t = Math.max(0, Math.floor(v.from) - 60), to_t = Math.ceil(v.to) + 60;
      try {
        const { series } = await api.series(this.line, { lot: v.lot, from_t, to_t, max: 2000 });
        this.store.load(v.lot, series, from_t, to_t);
        this.loadError = '';
      } catch (error) {
        this.loadError = (error as Error).message;
      }
    }
    this.touch();
  }

  async loadDetails() {
    for (const v of this.visible()) {
      try { this.details.set(v.lot, await api.lot(v.lot)); } catch { /* the strip keeps what it knew; the band tells of a lost line */ }
    }
  }

  private reload() {
    clearTimeout(this.loadTimer);
    this.loadTimer = setTimeout(() => { void this.load(); void this.loadDetails(); }, kLoadDelayMs);
  }

  freeze(to: number) {
    const most = this.end + this.span * kLead;
    this.follow = false;
    this.frozenTo = Math.min(Math.max(to, this.span), Math.max(most, this.span));
    this.reload();
  }
  back() { this.follow = true; this.cursor = null; this.reload(); }
  setWindow(tonnes: number) { this.window = tonnes; this.reload(); }

  /** Makes the window `factor` times as wide about tonne `x` of the line. */
  zoom(factor: number, x: number) {
    const share = (this.to - x) / this.span;
    const next = Math.min(Math.max(this.span * factor, 20), Math.max(this.end, 500));
    const atNow = this.follow && factor > 1;
    this.window = next;
    if (atNow) this.reload(); else this.freeze(x + share * next);
  }

  moveCursor(byPixels: number, widthPixels: number) {
    const at = this.cursor ?? this.end;
    const next = Math.min(Math.max(0, at + (byPixels * this.span) / widthPixels), this.end);
    this.cursor = next;
    if (next < this.from) this.freeze(next + this.span * 0.98);
    else if (!this.follow && next > this.to) this.freeze(next + this.span * 0.02);
  }

  show(lot: string, t: number) {
    const x = lineTonne(this.runs, lot, t);
    if (x === null) return;
    this.freeze(x + this.span / 2);
    this.cursor = x;
  }

  place(lot: string, from: number, to: number) { return pieces(this.runs, lot, from, to); }
}
