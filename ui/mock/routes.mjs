// The mock's answers, route by route.
import * as ship from './ship.mjs';

const iso = (ms) => new Date(ms).toISOString();
let count = 0;

function series(world, query) {
  const lot = query.get('lot'), from = Number(query.get('from_t') ?? 0), to = Math.min(Number(query.get('to_t') ?? 1e9), world.passed(lot) - 60);
  return Object.keys(ship.kinds).map((name) => {
    const step = ship.kinds[name][2], points = [];
    for (let t = Math.floor(from / step) * step; t < to; t += step) {
      const p = ship.point(name, lot, t, ship.timeAt(ship.lineOf(lot, t)));
      if (p) points.push(p);
    }
    return { ...ship.head(name, lot), points };
  });
}

function frame(world, query) {
  const lot = query.get('lot'), t = Number(query.get('near_t'));
  const near = ship.plants.find((p) => p.lot === lot && p.kinds.includes('frame') && Math.abs((p.from_t + p.to_t) / 2 - t) < 15);
  const boxes = near ? [{ x: 210, y: 90, w: 170, h: 70, label: near.label || 'unknown' }] : [];
  return { evidence: near ? `frame-${near.id}` : `frame-${Math.round(t / 5) % 40}`, instrument: 'cam-1', line: 'L1', lot, from_t: t, to_t: t + 0.6, time: iso(ship.timeAt(ship.lineOf(lot, t))), width_px: 640, height_px: 320, mm_per_px: 2.5, boxes };
}

const dispose = (world, who, body, more) => {
  const d = { id: `d${++count}`, kind: body.kind, by: who.user, name: who.name, role: who.role, time: iso(world.now()), reason: body.reason, note: body.note ?? '', from_t: body.from_t ?? null, to_t: body.to_t ?? null, second: null, state: 'done', answer: null, ...more };
  world.dispositions.push(d);
  return d;
};

function declare({ world, who, answer, refuse, text, type }) {
  let rows;
  if (type.startsWith('text/csv')) {
    const [head, ...lines] = text.trim().split(/\r?\n/);
    const names = head.split(',');
    rows = lines.map((l) => {
      const o = { composition: {} };
      l.split(',').forEach((v, i) => { if (names[i]?.startsWith('composition.')) o.composition[names[i].slice(12)] = Number(v); else o[names[i]] = ['mass_t', 'feed_number'].includes(names[i]) ? Number(v) : v; });
      return o;
    });
  } else { const b = JSON.parse(text); rows = Array.isArray(b) ? b : [b]; }
  const fields = [];
  rows.forEach((r, i) => {
    for (const f of ['number', 'hs_code', 'brand', 'consignee', 'ship', 'call', 'lot']) if (!r[f]) fields.push({ field: f, row: i + 1, message: 'expected text, found nothing' });
    if (!(r.mass_t > 0)) fields.push({ field: 'mass_t', row: i + 1, message: `expected tonnes above 0, found ${r.mass_t ?? 'nothing'}` });
    if (!/^\d{10}$/.test(r.hs_code ?? '')) fields.push({ field: 'hs_code', row: i + 1, message: `expected 10 digits, found "${r.hs_code ?? ''}"` });
  });
  if (fields.length) return refuse(400, 'invalid_input', `${fields.length} fields do not fit`, { error: { fields } });
  for (const r of rows) if (!world.declarations.some((d) => d.number === r.number)) world.declarations.push({ ...r, imported: iso(world.now()), by: who.user, state: 'declared' });
  world.log(who, 'import_declaration', rows.map((r) => r.number).join(' '), '');
  return answer(200, { accepted: rows.length, unchanged: 0, numbers: rows.map((r) => r.number) });
}

export function routes(c) {
  const { world, who, push, answer, refuse, method, path, query, text } = c;
  const parts = path.split('/').map(decodeURIComponent), body = method !== 'GET' && text && c.type.includes('json') ? JSON.parse(text) : {};
  const mine = (l) => who.role !== 'consignee' || l.consignee === who.name;
  const is = (pattern) => pattern.split('/').length === parts.length && pattern.split('/').every((p, i) => p === '*' || p === parts[i]);
  const audit = (...a) => push({ type: 'audit', audit: { number: world.log(who, ...a).number } });

  if (is('site')) return answer(200, { site: 'Qinghe Port, Berth 12', timezone: 'Asia/Shanghai', provenance: [{ what: 'spectra', kind: 'synthetic', source: 'mock server' }, { what: 'vision', kind: 'synthetic', source: 'mock server' }, { what: 'gamma', kind: 'synthetic', source: 'mock server' }], lines: [world.line()] });
  if (is('lots')) return answer(200, { lots: world.declarations.map((d) => world.lot(d.lot, false)).filter(mine) });
  if (is('declarations')) return method === 'POST' ? declare(c) : answer(200, { declarations: world.declarations.filter(mine) });
  if (is('lots/*') && world.lot(parts[1])) return answer(200, world.lot(parts[1]));
  if (['consignee', 'terminal'].includes(who.role)) return refuse(403, 'forbidden', 'not your role');
  if (is('lines/*')) return answer(200, world.line());
  if (is('lines/*/series')) return answer(200, { series: series(world, query) });
  if (is('lines/*/frames')) return answer(200, { frame: frame(world, query) });
  if (is('lots/*/findings')) return answer(200, { findings: ship.plants.filter((p) => p.lot === parts[1] && p.to_t < world.passed(p.lot)).map(world.finding) });
  if (is('instruments')) return answer(200, { instruments: ship.instruments.map(world.instrument) });
  if (is('audit')) return answer(200, { entries: world.audit.filter((e) => e.number < Number(query.get('before') ?? 1e9)).slice(0, 100), head: world.audit[0]?.hash ?? '', whole: true });
  if (is('alarms')) return answer(200, { alarms: [...world.alarms.values()].map(world.alarm).filter((a) => query.get('state') === 'all' || a.state !== 'closed') });
  if (is('cases')) return answer(200, { cases: [...world.cases.keys()].map((k) => world.case(k, false)) });
  if (is('cases/*') && world.case(parts[1])) return answer(200, world.case(parts[1]));
  if (is('alarms/*/*') && world.alarms.has(parts[1])) {
    const a = world.alarms.get(parts[1]);
    if (parts[2] === 'acknowledge') { a.state = 'acknowledged'; a.acknowledged_by = who.user; }
    if (parts[2] === 'shelve') a.state = 'shelved';
    if (parts[2] === 'unshelve') a.state = 'acknowledged';
    a.updated = iso(world.now());
    audit(parts[2], a.alarm, body.reason ?? '');
    push({ type: 'alarm', alarm: world.alarm(a) });
    return answer(200, world.alarm(a));
  }
  if (is('cases/*/dispositions') && world.cases.has(parts[1])) {
    if (!body.reason) return refuse(400, 'invalid_input', 'a reason is wanted', { error: { fields: [{ field: 'reason', message: 'expected text, found nothing' }] } });
    const kase = world.cases.get(parts[1]), asks = ['request_stop', 'remove_object', 'order_sample', 'refer_laboratory'].includes(body.kind);
    const d = dispose(world, who, body, { case: kase.case, lot: kase.lot, state: asks ? 'waiting_answer' : 'done' });
    if (['explain', 'refer_laboratory', 'remove_object'].includes(body.kind)) {
      kase.state = 'disposed';
      for (const a of world.alarms.values()) if (a.case === kase.case) { a.state = 'closed'; push({ type: 'alarm', alarm: world.alarm(a) }); }
    }
    audit(body.kind, kase.case, body.reason, body.note ?? '');
    return answer(200, { disposition: d });
  }
  if (is('lots/*/dispositions') && world.lot(parts[1])) {
    const blockers = world.blockers(parts[1]), blocked = body.kind === 'release' && blockers.length > 0;
    if (blocked && !body.override) return refuse(409, 'conflict', `release is blocked by ${blockers.length} reasons`, { body: { blockers } });
    const second = blocked || body.kind === 'reject';
    const d = dispose(world, who, body, { lot: parts[1], state: second ? 'waiting_second' : 'done' });
    world.setLot(parts[1], body.kind === 'release' ? (second ? 'release_proposed' : 'released') : body.kind === 'reject' ? 'rejected' : 'held');
    audit(body.kind, parts[1], body.reason, second ? 'waiting for a second signature' : '');
    push({ type: 'lot', lot: world.lot(parts[1], false) });
    return answer(200, { disposition: d, state: world.lot(parts[1]).state, needs_second: second, blockers });
  }
  if (is('dispositions/*/consent')) {
    const d = world.dispositions.find((x) => x.id === parts[1]);
    if (!d) return refuse(404, 'not_found', 'no such disposition');
    if (d.by === who.user) return refuse(403, 'forbidden', 'the second signature must be another officer’s');
    d.second = { by: who.user, time: iso(world.now()), reason: body.reason };
    d.state = 'done';
    if (d.kind === 'release') world.setLot(d.lot, 'released');
    audit('consent', d.lot, body.reason, d.id);
    push({ type: 'lot', lot: world.lot(d.lot, false) });
    return answer(200, { disposition: d });
  }
  return refuse(404, 'not_found', `nothing at ${path}`);
}
