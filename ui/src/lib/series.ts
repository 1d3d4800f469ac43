// What the models said along the belt: for each series and lot the judged intervals in tonne order. Tonnes that nobody
// judged have no point, and are drawn as a hole.
import type { Point, PushedPoint, Run, Series, SeriesHead } from '../api_types';

const kMostPoints = 120_000;   // of one series and lot; the oldest go first

export interface Columns {
  x: number[]; value: (number | null)[]; low: (number | null)[]; high: (number | null)[]; expected: (number | null)[];
  /** Where the curve must not run on: holes, and places (of no length) where one lot meets the next. */
  breaks: [number, number][];
}

/** Index of the first point that ends beyond t. */
function firstEndingAfter(points: Point[], t: number): number {
  let lo = 0, hi = points.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (points[mid][1] > t) hi = mid; else lo = mid + 1;
  }
  return lo;
}

export class SeriesStore {
  version = 0;
  private heads = new Map<string, Map<string, SeriesHead>>();   // by name, then lot: limits and declarations differ by lot
  private tracks = new Map<string, Map<string, Point[]>>();

  private track(name: string, lot: string): Point[] {
    let lots = this.tracks.get(name);
    if (!lots) this.tracks.set(name, (lots = new Map()));
    let points = lots.get(lot);
    if (!points) lots.set(lot, (points = []));
    return points;
  }

  private learn(s: SeriesHead, lot: string) {
    let lots = this.heads.get(s.name);
    if (!lots) this.heads.set(s.name, (lots = new Map()));
    lots.set(lot, { ...lots.get(lot), ...head(s) });
  }

  has(name: string) { return this.heads.has(name); }

  /** What the series is for this lot; failing that, for any. */
  head(name: string, lot?: string): SeriesHead | undefined {
    const lots = this.heads.get(name);
    return (lot !== undefined ? lots?.get(lot) : undefined) ?? lots?.values().next().value;
  }

  /** Replaces what was known of these tonnes: a closer look at the same stretch, or the first. */
  load(lot: string, series: Series[], from: number, to: number) {
    for (const s of series) {
      this.learn(s, lot);
      const points = this.track(s.name, lot);
      const a = firstEndingAfter(points, from);
      let b = a;
      while (b < points.length && points[b][0] < to) b++;
      points.splice(a, b - a, ...s.points);
    }
    this.version++;
  }

  /** Takes one pushed point: nearly always the newest, else put in its place. */
  push(p: PushedPoint) {
    this.learn(p, p.lot);
    const points = this.track(p.name, p.lot);
    const last = points[points.length - 1];
    if (!last || p.point[0] >= last[1]) {
      points.push(p.point);
      if (points.length > kMostPoints) points.splice(0, points.length - kMostPoints);
    } else {
      const a = firstEndingAfter(points, p.point[0]);
      let b = a;
      while (b < points.length && points[b][0] < p.point[1]) b++;
      points.splice(a, b - a, p.point);
    }
    this.version++;
  }

  /** The point that holds tonne t of the lot, if anything was judged there. */
  at(name: string, lot: string, t: number): Point | null {
    const points = this.tracks.get(name)?.get(lot);
    if (!points) return null;
    const p = points[firstEndingAfter(points, t)];
    return p && p[0] <= t ? p : null;
  }

  newest(name: string, lot: string): Point | null {
    const points = this.tracks.get(name)?.get(lot);
    return points?.[points.length - 1] ?? null;
  }

  /** Steps for drawing between x `from` and `to` of the line; a null breaks the line at each hole. */
  columns(name: string, runs: Run[], from: number, to: number, sigmas = 2): Columns {
    const out: Columns = { x: [], value: [], low: [], high: [], expected: [], breaks: [] };
    const lots = this.tracks.get(name);
    if (!lots) return out;
    for (const run of runs) {
      let end = out.x.length ? -Infinity : Infinity;      // one lot's curve never runs on into the next one's
      const points = lots.get(run.lot);
      const shift = run.line_t - run.from_t, declared = this.heads.get(name)?.get(run.lot)?.expected ?? null;
      if (!points || run.line_t > to || run.line_t + run.to_t - run.from_t < from) continue;
      const lo = Math.max(run.from_t, from - shift), hi = Math.min(run.to_t, to - shift);
      // One point before the window, so that the line enters from the edge.
      for (let i = Math.max(0, firstEndingAfter(points, lo) - 1); i < points.length && points[i][0] <= hi; i++) {
        const [a, b, v, e, , exp] = points[i];
        if (b <= run.from_t) continue;
        const x0 = Math.max(a, run.from_t) + shift, x1 = Math.min(b, run.to_t) + shift;
        if (x1 < x0) continue;
        if (x0 - end > 1e-3) {
          out.breaks.push([end === -Infinity ? x0 : end, x0]);
          row(out, end === -Infinity ? x0 : (x0 + end) / 2, null, 0, null);
        }
        row(out, x0, v, e * sigmas, exp ?? declared);
        if (x1 > x0) row(out, x1, v, e * sigmas, exp ?? declared);
        end = x1;
      }
    }
    return out;
  }

  /** Wall time at a place of the lot, from whichever series has a point near; for the clock beside the tonnes. */
  timeAt(lot: string, t: number): number | null {
    let best: Point | null = null, distance = Infinity;
    for (const lots of this.tracks.values()) {
      const points = lots.get(lot);
      if (!points?.length) continue;
      const i = Math.min(firstEndingAfter(points, t), points.length - 1);
      const d = Math.max(points[i][0] - t, t - points[i][1], 0);
      if (d < distance) { best = points[i]; distance = d; }
    }
    return best ? best[4] : null;
  }
}

function head(s: SeriesHead): SeriesHead {
  const h: SeriesHead = { name: s.name, model: s.model, unit: s.unit };
  if (s.low !== undefined) h.low = s.low;
  if (s.high !== undefined) h.high = s.high;
  if (s.expected !== undefined) h.expected = s.expected;
  return h;
}

function row(out: Columns, x: number, v: number | null, spread: number, expected: number | null) {
  out.x.push(x);
  out.value.push(v);
  out.low.push(v === null || !spread ? v : v - spread);
  out.high.push(v === null || !spread ? v : v + spread);
  out.expected.push(expected);
}
