// State of the mock berth: what has passed, what was alarmed, who did what.
import { createHash } from 'node:crypto';
import * as ship from './ship.mjs';

const sha = (text) => createHash('sha256').update(text).digest('hex');
const iso = (ms) => new Date(ms).toISOString();
const kLagT = 60;       // judged slices trail the scale

export function makeWorld({ speed, from = 5150 }) {
  const began = Date.now();
  const alarms = new Map(), cases = new Map(), dispositions = [], audit = [], lotStates = new Map(), declarations = [...ship.declarations];
  const w = { alarms, cases, dispositions, audit, declarations, speed };

  w.lineT = () => from + ((Date.now() - began) / 1000) * speed * (ship.kRateTph / 3600);
  w.now = () => ship.timeAt(w.lineT());
  w.passed = (lot) => ship.schedule.filter((s) => s.lot === lot).reduce((sum, s) => sum + Math.min(Math.max(0, w.lineT() - s.line_t), s.to_t - s.from_t), 0);

  w.log = (user, act, subject, reason, detail = '') => {
    const previous_hash = audit[0]?.hash ?? '0'.repeat(64);
    const entry = { number: audit.length + 1, time: iso(w.now()), user: user.user, name: user.name, role: user.role, act, subject, reason, detail, previous_hash };
    entry.hash = sha(previous_hash + JSON.stringify(entry));
    audit.unshift(entry);
    return entry;
  };

  w.runs = () => ship.schedule.filter((s) => s.line_t < w.lineT()).map((s) => ({ ...s, to_t: Math.min(s.to_t, s.from_t + w.lineT() - s.line_t) }));
  w.line = (withRuns = true) => {
    const x = w.lineT(), run = ship.lineAt(x), kgm = 260 + 30 * Math.sin(x / 90), tpm = kgm / 1000;
    const segments = [];
    for (let m = -20; m < 58; m += 2) {
      const s = ship.lineAt(Math.max(0, x - m * tpm)), last = segments[segments.length - 1];
      if (last && last.lot === s.lot) last.to_m = m + 2;
      else segments.push({ lot: s.lot, from_m: m, to_m: m + 2, from_t: 0, to_t: 0 });
    }
    return {
      line: 'L1', name: 'C3 → A12', state: 'running', speed_mps: 3.15, rate_tph: ship.kRateTph + 40 * Math.sin(x / 40), load_kg_per_m: kgm, lot: run.lot,
      tonnes_passed: run.from_t + x - run.line_t, time: iso(w.now()), segments,
      layout: { feed_m: -20, belt_end_m: 58, instruments: ship.instruments.map((i) => ({ ...i, state: w.instrument(i).state })) },
      coverage: Object.fromEntries(w.models(run.lot).map((m) => [m.name, m.fraction])), ...(withRuns ? { runs: w.runs() } : {}),
    };
  };

  w.models = (lot) => {
    const passed = w.passed(lot);
    return [['brand_regression', true], ['element_threshold', true], ['slag_comparison', true], ['visual_anomaly', true], ['inclusion_recognition', true],
      ['radioactivity', false], ['impurity_classification', null]].map(([name, optical]) => {
      const intervals = optical === null ? [] : ship.intervals(lot, passed, kLagT, optical);
      const covered = intervals.reduce((s, [a, b]) => s + b - a, 0);
      return { name, fitted: optical !== null, required: optical !== null, intervals, fraction: passed > kLagT ? Math.min(1, covered / (passed - kLagT)) : 0 };
    });
  };

  w.lot = (id, full = true) => {
    const d = declarations.find((x) => x.lot === id);
    if (!d) return null;
    const passed = w.passed(id), runs = ship.schedule.filter((s) => s.lot === id);
    const begun = runs.length > 0 && w.lineT() > runs[0].line_t, ended = begun && passed >= d.mass_t;
    const state = lotStates.get(id) ?? (!begun ? 'declared' : ended ? 'inspected' : 'discharging');
    const endX = runs.length ? runs[runs.length - 1].line_t + runs[runs.length - 1].to_t - runs[runs.length - 1].from_t : 0;
    const lot = {
      lot: id, call: d.call, ship: d.ship, consignment: d.number, brand: d.brand, origin: d.origin, consignee: d.consignee, hs_code: d.hs_code, commodity: d.commodity,
      declared_mass_t: d.mass_t, declared_composition: d.composition, state, tonnes_passed: passed, rate_tph: begun && !ended ? ship.kRateTph : 0, line: 'L1',
      eta: ended || !runs.length ? null : iso(ship.timeAt(endX)), started: begun ? iso(ship.timeAt(runs[0].line_t)) : null,
      ended: ended ? iso(ship.timeAt(endX)) : null, released: state === 'released' ? iso(w.now()) : null,
      required_models: w.models(id).filter((m) => m.required).map((m) => m.name),
      alarms_open: [...alarms.values()].filter((a) => a.lot === id && a.state !== 'closed').length, findings_open: ship.plants.filter((p) => p.lot === id && p.to_t < passed).length,
    };
    if (!full) return lot;
    const planned = Array.from({ length: Math.floor(d.mass_t / 250) }, (_, k) => 125 + 250 * k);
    return {
      ...lot, coverage: { models: w.models(id), instruments: ship.instruments.map((i) => ({ name: i.instrument, fitted: true, required: true, fraction: 1, intervals: passed ? [[0, passed]] : [] })) },
      composition: passed > 200 ? Object.entries(d.composition).map(([name, v]) => ({ name, value: v * 0.998, std_error: v * 0.003, unit: '%', expected: v, ...ship.head(name, id) })) : [],
      increments: { planned, taken: planned.filter((t) => t < passed - 20 && t !== 1625).map((t) => t + 3) },
      blockers: w.blockers(id), dispositions: dispositions.filter((x) => x.lot === id),
    };
  };

  w.blockers = (id) => {
    const out = [], d = declarations.find((x) => x.lot === id), passed = w.passed(id);
    if (passed < d.mass_t) out.push({ code: 'not_finished', text: `expected the last tonne, found ${passed.toFixed(0)} of ${d.mass_t} t`, from_t: passed, to_t: d.mass_t });
    const iv = w.models(id).find((m) => m.name === 'slag_comparison').intervals;
    for (let k = 0; k + 1 < iv.length; k++) out.push({ code: 'coverage_hole', text: `slag_comparison has not judged ${iv[k][1]}–${iv[k + 1][0]} t`, from_t: iv[k][1], to_t: iv[k + 1][0] });
    for (const a of alarms.values()) if (a.lot === id && a.state !== 'closed') out.push({ code: 'case_open', text: `alarm ${a.alarm} (${a.code}) is open`, from_t: a.from_t, to_t: a.to_t });
    return out;
  };
  w.setLot = (id, state) => lotStates.set(id, state);

  w.finding = (p) => ({
    id: p.id, model: p.model, model_version: 'iron-ore 0.1.0 (mock)', code: p.code, label: p.label, confidence: p.label ? 0.93 : 0, verdict: 'suspect', priority: p.priority,
    line: 'L1', lot: p.lot, from_t: p.from_t, to_t: p.to_t, time: iso(ship.timeAt(ship.lineOf(p.lot, p.from_t))), measured: p.measured,
    evidence: p.kinds.map((kind) => ({
      kind, media_type: kind === 'frame' ? 'image/png' : 'application/json', sha256: `${kind}-${p.id}`, instrument: kind === 'frame' || kind === 'heat_map' ? 'cam-1' : kind === 'spectrum' ? 'nir-1' : 'gamma-1',
      frame_number: 1, box: kind === 'frame' || kind === 'heat_map' ? { x: 210, y: 90, w: 170, h: 70 } : null,
    })),
  });
  w.case = (id, full = true) => {
    const c = cases.get(id);
    if (!c) return null;
    const p = ship.plants.find((x) => `c-${x.id}` === id);
    return full ? { ...c, alarms: [w.alarm(alarms.get(`a-${p.id}`))], findings: [w.finding(p)], dispositions: dispositions.filter((d) => d.case === id) } : c;
  };
  w.alarm = (a) => {
    const past = w.lineT() - ship.lineOf(a.lot, a.to_t), m = past / 0.26;
    return { ...a, position: m < 56 ? { where: 'belt', distance_m: m, seconds_to_leave: (56 - m) / 3.15 } : { where: 'yard' } };
  };

  /** Opens the alarms whose material has been judged by now; returns the new ones. */
  w.advance = () => {
    const fresh = [];
    for (const p of ship.plants) {
      const id = `a-${p.id}`, x = ship.lineOf(p.lot, p.to_t) + 8;
      if (alarms.has(id) || w.lineT() < x) continue;
      const raised = iso(ship.timeAt(x));
      alarms.set(id, { alarm: id, case: `c-${p.id}`, priority: p.priority, state: 'unacknowledged', code: p.code, model: p.model, label: p.label, confidence: p.label ? 0.93 : 0,
        line: 'L1', lot: p.lot, from_t: p.from_t, to_t: p.to_t, raised, updated: raised, acknowledged_by: null, findings: 1, measured: p.measured });
      cases.set(`c-${p.id}`, { case: `c-${p.id}`, state: 'open', priority: p.priority, code: p.code, title_code: p.code, lot: p.lot, from_t: p.from_t, to_t: p.to_t, opened: raised });
      fresh.push(id);
    }
    return fresh;
  };

  w.instrument = (i) => {
    const dirty = i.instrument === 'cam-1';
    return {
      instrument: i.instrument, line: 'L1', kind: i.kind, driver: { gamma: 'n42_tcp', spectrometer: 'spectrum_stream', camera: 'gige_vision', plc: 'modbus', sampler: 'modbus' }[i.kind],
      state: dirty ? 'degraded' : 'working', message: dirty ? 'window dirty: mean brightness 31, expected 60 or more' : '', since: iso(ship.kStart + (dirty ? 2.4e6 : 0)), last_reading: iso(w.now() - 200),
      accepted: Math.round(w.lineT() * 20), dropped: i.kind === 'gamma' ? [{ cause: 'N42 does not parse', count: 3 }, { cause: 'duplicate', count: 1 }] : i.kind === 'camera' ? [{ cause: 'frames skipped evenly: the machine cannot keep up', count: 214 }] : [],
      values: { gamma: [{ name: 'count_rate', value: 571, std_error: 11, unit: 'cps' }], spectrometer: [{ name: 'lamp_hours', value: 812, std_error: 0, unit: 'h' }, { name: 'temperature', value: 34.2, std_error: 0.5, unit: '°C' }],
        camera: [{ name: 'temperature', value: 41, std_error: 1, unit: '°C' }], plc: [{ name: 'speed', value: 3.15, std_error: 0.01, unit: 'm/s' }, { name: 'rate', value: 3604, std_error: 18, unit: 't/h' }], sampler: [] }[i.kind],
    };
  };
  w.advance();
  return w;
}
