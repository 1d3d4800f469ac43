// A ship that is being discharged, invented for developing the pages: shapes as in docs/api.md, contents made up.
import { createHash } from 'node:crypto';

export const kStart = Date.parse('2026-11-23T14:00:00Z');
export const kRateTph = 3600;
const kHole = [1180, 1260];

export const schedule = [
  { lot: 'A-2611-01', from_t: 0, to_t: 4000 },
  { lot: 'A-2611-02', from_t: 0, to_t: 900 },
  { lot: 'A-2611-01', from_t: 4000, to_t: 6000 },
  { lot: 'A-2611-02', from_t: 900, to_t: 30000 },
  { lot: 'A-2611-03', from_t: 0, to_t: 60000 },
];
let at = 0;
for (const s of schedule) { s.line_t = at; at += s.to_t - s.from_t; }

export const declarations = [
  ['I220261123001', 'A-2611-01', 'Pilbara Blend Fines', 'AU', 'Hebei Steel', 6000, { Fe: 61.8, SiO2: 4.3, Al2O3: 2.4, P: 0.098, moisture: 8.2 }],
  ['I220261123002', 'A-2611-02', 'Carajás Fines', 'BR', 'Shandong Iron', 30000, { Fe: 65.1, SiO2: 1.7, Al2O3: 1.3, P: 0.07, moisture: 8.9 }],
  ['I220261123003', 'A-2611-03', 'Pilbara Blend Fines', 'AU', 'Hebei Steel', 60000, { Fe: 61.8, SiO2: 4.3, Al2O3: 2.4, P: 0.098, moisture: 8.2 }],
].map(([number, lot, brand, origin, consignee, mass_t, composition], i) => ({
  number, hs_code: '2601112000', brand, origin, consignee, ship: 'MV Northern Range', call: 'NR-2026-11', lot, feed_number: i + 1,
  mass_t, composition, commodity: 'iron-ore', imported: new Date(kStart - 7.2e6).toISOString(), by: 'officer', state: 'declared',
}));

const hash01 = (...parts) => createHash('md5').update(parts.join('/')).digest().readUInt32LE(0) / 2 ** 32;
const noise = (...parts) => hash01(...parts, 'a') + hash01(...parts, 'b') + hash01(...parts, 'c') - 1.5;

export const instruments = [
  { instrument: 'gamma-1', kind: 'gamma', distance_m: 6, sampling_distance_t: 1 },
  { instrument: 'nir-1', kind: 'spectrometer', distance_m: 18, sampling_distance_t: 5 },
  { instrument: 'cam-1', kind: 'camera', distance_m: 24, sampling_distance_t: 2 },
  { instrument: 'plc-1', kind: 'plc', distance_m: 0, sampling_distance_t: 1 },
  { instrument: 'sampler-1', kind: 'sampler', distance_m: 52, sampling_distance_t: 200 },
];

// What goes wrong, and where: [lot, from, to, model, code, label, priority, measured, evidence kinds]
export const plants = [
  ['A-2611-01', 1450, 1520, 'slag_comparison', 'slag_suspect', '', 'high', [{ name: 'slag_distance', value: 6.4, std_error: 0.9, unit: '1', high: 3 }], ['spectrum']],
  ['A-2611-01', 2210.4, 2210.9, 'inclusion_recognition', 'inclusion', 'steel_plate', 'high', [{ name: 'length', value: 612, std_error: 14, unit: 'mm', high: 150 }, { name: 'one_in_clean_frames', value: 45000000, std_error: 0, unit: '1' }], ['frame', 'heat_map']],
  ['A-2611-01', 3900, 4130, 'radioactivity', 'natural_radioactivity_high', 'Th-232', 'high', [{ name: 'ore_rate', value: 96, std_error: 6, unit: 'cps', expected: 21 }], []],
  ['A-2611-01', 4210, 4236, 'radioactivity', 'artificial_source', 'Cs-137', 'critical', [{ name: 'gamma_rate', value: 1240, std_error: 16, unit: 'cps', expected: 610 }], ['gamma_spectrum', 'gamma_waterfall']],
  ['A-2611-01', 4600, 4650, 'element_threshold', 'element_over_limit', 'P', 'medium', [{ name: 'P', value: 0.131, std_error: 0.009, unit: '%', high: 0.12 }], ['spectrum']],
  ['A-2611-02', 1300, 1330, 'visual_anomaly', 'visual_anomaly', '', 'low', [{ name: 'anomaly_score', value: 4.4, std_error: 0.5, unit: '1', high: 3 }], ['frame']],
  ['A-2611-02', 1600.2, 1600.6, 'inclusion_recognition', 'inclusion', 'rope', 'medium', [{ name: 'length', value: 880, std_error: 30, unit: 'mm', high: 150 }], ['frame']],
].map(([lot, from_t, to_t, model, code, label, priority, measured, kinds], i) => ({ id: `f${i + 1}`, lot, from_t, to_t, model, code, label, priority, measured, kinds }));

const inside = (lot, t, code) => plants.some((p) => p.lot === lot && p.code === code && t >= p.from_t && t < p.to_t);
export const covers = (lot, t) => !(lot === 'A-2611-01' && t >= kHole[0] && t < kHole[1]);

export const kinds = {
  Fe: ['brand_regression', '%', 50], SiO2: ['brand_regression', '%', 50], Al2O3: ['brand_regression', '%', 50], P: ['brand_regression', '%', 50],
  moisture: ['brand_regression', '%', 50], slag_distance: ['slag_comparison', '1', 50], anomaly_score: ['visual_anomaly', '1', 10],
  gamma_rate: ['radioactivity', 'cps', 5], belt_load: ['logistics', 'kg/m', 20],
};
const limits = { SiO2: { high: 5.5 }, P: { high: 0.12 }, moisture: { high: 11 }, slag_distance: { high: 3 }, anomaly_score: { high: 3 }, Fe: { low: 60 } };

export function head(name, lot) {
  const [model, unit] = kinds[name];
  const expected = declarations.find((d) => d.lot === lot)?.composition[name];
  return { name, model, unit, ...limits[name], ...(expected === undefined ? {} : { expected }) };
}

/** One point [from, to, value, error, time, expected?], or null where nothing was judged. */
export function point(name, lot, from, timeMs) {
  const step = kinds[name][2], to = from + step, mid = from + step / 2;
  const optical = !['gamma_rate', 'belt_load'].includes(name);
  if (optical && !covers(lot, mid)) return null;
  const n = noise(name, lot, from);
  const declared = declarations.find((d) => d.lot === lot)?.composition[name];
  const load = 260 + 30 * Math.sin(mid / 90) + 10 * noise('load', lot, from);
  if (declared !== undefined) {
    const spread = { Fe: 0.32, SiO2: 0.18, Al2O3: 0.12, P: 0.004, moisture: 0.25 }[name];
    const plus = name === 'P' && inside(lot, mid, 'element_over_limit') ? 0.03 : 0;
    return [from, to, declared + plus + n * spread, spread, timeMs];
  }
  if (name === 'slag_distance') return [from, to, (inside(lot, mid, 'slag_suspect') ? 6.2 : 1.1) + n * 0.4, 0.3, timeMs];
  if (name === 'anomaly_score') return [from, to, (inside(lot, mid, 'visual_anomaly') ? 4.2 : 1) + n * 0.35, 0.2, timeMs];
  if (name === 'gamma_rate') {
    const expected = 300 + load;
    return [from, to, expected + (inside(lot, mid, 'artificial_source') ? 620 : 0) + n * 24, 24, timeMs, expected];
  }
  return [from, to, load, 0, timeMs];
}

export const lineAt = (x) => schedule.find((s) => x < s.line_t + s.to_t - s.from_t) ?? schedule[schedule.length - 1];
export const timeAt = (x) => kStart + (x / kRateTph) * 3.6e6;
export const lineOf = (lot, t) => {
  const s = schedule.find((r) => r.lot === lot && t <= r.to_t) ?? schedule[0];
  return s.line_t + t - s.from_t;
};

/** The lot's tonnes below `passed`, less the hole: what an optical model covered. */
export function intervals(lot, passed, lag, optical) {
  const end = Math.max(0, passed - lag);
  if (!optical || lot !== 'A-2611-01' || end < kHole[0]) return end ? [[0, end]] : [];
  return end > kHole[1] ? [[0, kHole[0]], [kHole[1], end]] : [[0, kHole[0]]];
}
