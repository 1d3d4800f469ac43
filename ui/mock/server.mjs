// A developer's stand-in for the API: `npm run mock`, then `npm run dev`. Nothing it says is real.
// The same people as in `beltwarden demo`: officer, supervisor, terminal, importer, admin; password belt-demo-2026.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join, normalize, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { picture, spectrum, gamma, heat, waterfall } from './evidence.mjs';
import { routes } from './routes.mjs';
import * as ship from './ship.mjs';
import { makeWorld } from './world.mjs';

const { values: options } = parseArgs({ options: { port: { type: 'string', default: '8791' }, speed: { type: 'string', default: '20' }, from: { type: 'string', default: '5150' } } });
const world = makeWorld({ speed: Number(options.speed), from: Number(options.from) });
const users = { officer: 'Li Wei', supervisor: 'Chen Hao', terminal: 'Berth 12', importer: 'Hebei Steel', admin: 'Admin' };
const roleOf = (u) => (u === 'importer' ? 'consignee' : u);
const sessions = new Map();
const dist = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'dist');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };

const session = (req) => sessions.get(/session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]);
const push = (message) => { for (const c of sockets.clients) if (c.readyState === 1 && (!['consignee', 'terminal'].includes(c.role) || ['lot', 'tick'].includes(message.type))) c.send(JSON.stringify(message)); };

function evidence(id) {
  const [kind, name] = id.split(/-(.*)/);
  const seed = [...(name ?? '')].reduce((s, c) => s * 31 + c.charCodeAt(0), 7) & 0xffff;
  if (kind === 'spectrum') return ['application/json', JSON.stringify(spectrum(seed, 'Pilbara Blend Fines'))];
  if (kind === 'gamma_spectrum') return ['application/json', JSON.stringify(gamma(seed))];
  if (kind === 'heat_map') return ['application/json', JSON.stringify(heat(seed))];
  if (kind === 'gamma_waterfall') return ['application/json', JSON.stringify(waterfall(seed))];
  return ['image/png', picture(seed, 640, 320, /^f\d/.test(name ?? '') ? { x: 210, y: 90, w: 170, h: 70 } : null)];
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://mock');
  const answer = (status, body, headers = {}) => { res.writeHead(status, { 'Content-Type': 'application/json', ...headers }); res.end(body === undefined ? '' : JSON.stringify(body)); };
  const refuse = (status, code, message, more = {}) => answer(status, { error: { code, message, ...more.error }, ...more.body });
  try {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    const text = Buffer.concat(chunks).toString();
    const path = url.pathname.replace('/api/v1/', '');
    if (!url.pathname.startsWith('/api/')) return await file(url.pathname, res);
    if (path === 'session' && req.method === 'POST') {
      const { user, password } = JSON.parse(text);
      if (!users[user] || password !== 'belt-demo-2026') return refuse(401, 'unauthorized', 'user or password does not fit');
      const key = Math.random().toString(36).slice(2), s = { user, name: users[user], role: roleOf(user), csrf: key };
      sessions.set(key, s);
      world.log(s, 'sign_in', user, '');
      return answer(200, s, { 'Set-Cookie': `session=${key}; HttpOnly; SameSite=Strict; Path=/` });
    }
    const who = session(req);
    if (!who) return refuse(401, 'unauthorized', 'sign in');
    if (path === 'session') {
      if (req.method === 'DELETE') { sessions.delete(who.csrf); return answer(204); }
      return answer(200, who);
    }
    if (path.startsWith('evidence/')) {
      const [type, body] = evidence(path.slice(9));
      res.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'immutable' });
      return res.end(body);
    }
    if (req.method !== 'GET' && req.headers['x-csrf'] !== who.csrf) return refuse(403, 'forbidden', 'X-CSRF does not fit');
    routes({ world, who, push, answer, refuse, method: req.method, path, query: url.searchParams, text, type: req.headers['content-type'] ?? '' });
  } catch (error) {
    refuse(500, 'internal', String(error));
  }
});

async function file(path, res) {
  const name = normalize(join(dist, path === '/' ? 'index.html' : path));
  try {
    if (!name.startsWith(dist)) throw new Error('outside');
    const body = await readFile(name);
    res.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream' });
    res.end(body);
  } catch { res.writeHead(404); res.end(); }
}

const sockets = new WebSocketServer({ server, path: '/api/v1/stream' });
sockets.on('connection', (socket, req) => {
  const who = session(req);
  if (!who) return socket.close(4401);
  socket.role = who.role;
});

let lastX = world.lineT(), n = 0;
setInterval(() => {
  const x = world.lineT(), points = [];
  for (const name of Object.keys(ship.kinds)) {
    const step = ship.kinds[name][2];
    for (let k = Math.ceil((lastX - 60) / step); k * step + step <= x - 60 + step && k * step < x - 60; k++) {
      const run = ship.lineAt(Math.max(0, k * step)), from = run.from_t + k * step - run.line_t;
      const point = k < 0 ? null : ship.point(name, run.lot, from, ship.timeAt(k * step));
      if (point) points.push({ line: 'L1', lot: run.lot, ...ship.head(name, run.lot), point });
    }
  }
  lastX = x;
  push({ type: 'line', seq: n, line: world.line() });
  if (points.length) push({ type: 'points', seq: n, points });
  for (const id of world.advance()) push({ type: 'alarm', alarm: world.alarm(world.alarms.get(id)) });
  if (n % 4 === 0) {
    push({ type: 'tick', time: new Date(world.now()).toISOString(), speed: world.speed });
    for (const d of world.declarations) { const l = world.lot(d.lot, false); if (l) push({ type: 'lot', lot: l }); }
    for (const a of world.alarms.values()) if (world.alarm(a).position.where === 'belt') push({ type: 'alarm', alarm: world.alarm(a) });
    for (const i of ship.instruments) push({ type: 'instrument', instrument: world.instrument(i) });
    const run = ship.lineAt(x), t = run.from_t + x - run.line_t - 6;
    push({ type: 'frame', frame: { line: 'L1', lot: run.lot, evidence: `frame-${Math.round(x) % 40}`, instrument: 'cam-1', from_t: t, to_t: t + 0.6, time: new Date(world.now()).toISOString(), boxes: [] } });
  }
  n++;
}, 250);

server.listen(Number(options.port), '127.0.0.1', () => console.log(`mock at http://127.0.0.1:${options.port} (sign in as officer, password belt-demo-2026)`));
