// The tonne axis of a line. Each lot counts its own tonnes; runs lay the lots' stretches end to end in feed order.
import type { Line, Lot, Run } from '../api_types';

/** The line's running total at tonne `t` of `lot`; nothing where no run holds it. */
export function lineTonne(runs: Run[], lot: string, t: number): number | null {
  for (let i = runs.length - 1; i >= 0; i--) {
    const r = runs[i];
    if (r.lot === lot && t >= r.from_t && t <= r.to_t) return r.line_t + (t - r.from_t);
  }
  return null;
}

/** Which lot's tonne lies at `x` of the line; nothing before the first run, after the last, or between runs. */
export function lotTonne(runs: Run[], x: number): { lot: string; t: number } | null {
  for (let i = runs.length - 1; i >= 0; i--) {
    const r = runs[i];
    if (x >= r.line_t && x <= r.line_t + (r.to_t - r.from_t)) return { lot: r.lot, t: r.from_t + (x - r.line_t) };
  }
  return null;
}

export function lineEnd(runs: Run[]): number {
  const last = runs[runs.length - 1];
  return last ? last.line_t + (last.to_t - last.from_t) : 0;
}

/** A lot's interval in line tonnes: one piece for each run that it crosses. */
export function pieces(runs: Run[], lot: string, from: number, to: number): [number, number][] {
  const out: [number, number][] = [];
  for (const r of runs) {
    if (r.lot !== lot) continue;
    const a = Math.max(from, r.from_t), b = Math.min(to, r.to_t);
    if (b > a || (a === b && from === to)) out.push([r.line_t + a - r.from_t, r.line_t + b - r.from_t]);
  }
  return out;
}

/** The line's runs, carried on to the tonne now at the datum: what the server says may be a moment old. */
export function runsNow(line: Line, known: Run[], lots: Lot[]): Run[] {
  const runs = known.length ? known.map((r) => ({ ...r })) : fromLots(line, lots);
  if (!line.lot) return runs;
  const last = runs[runs.length - 1];
  if (last && last.lot === line.lot) {
    last.to_t = Math.max(last.to_t, line.tonnes_passed);
  } else {
    const sameLot = runs.filter((r) => r.lot === line.lot);
    const from = sameLot.length ? Math.max(...sameLot.map((r) => r.to_t)) : 0;
    if (line.tonnes_passed >= from) runs.push({ lot: line.lot, from_t: from, to_t: line.tonnes_passed, line_t: lineEnd(runs) });
  }
  return runs;
}

/** Without runs from the server: the lots that have begun, one after the other in the order they began. */
function fromLots(line: Line, lots: Lot[]): Run[] {
  const begun = lots.filter((l) => l.started && l.tonnes_passed > 0 && (!l.line || l.line === line.line));
  begun.sort((a, b) => Date.parse(a.started ?? '') - Date.parse(b.started ?? ''));
  const current = begun.findIndex((l) => l.lot === line.lot);
  if (current >= 0) begun.push(...begun.splice(current, 1));
  let at = 0;
  return begun.map((l) => {
    const run = { lot: l.lot, from_t: 0, to_t: l.tonnes_passed, line_t: at };
    at += l.tonnes_passed;
    return run;
  });
}
