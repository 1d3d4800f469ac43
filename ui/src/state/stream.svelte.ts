// The push connection: hands each message to the world, and knows when the last truth arrived.
import type { Push } from '../api_types';

const kSilenceMs = 3500;       // the server ticks every second
const kRetryMs = [500, 1000, 2000, 4000];

type Handler = (message: Push) => void;
const handlers = new Set<Handler>();
const reconnected = new Set<() => void>();
let lost: () => void = () => {};

let socket: WebSocket | null = null;
let wanted = false;
let attempts = 0;
let heardAt = 0;
let watch: ReturnType<typeof setInterval> | undefined;

let live = $state(false);
let siteTime = $state(0);
let siteSpeed = $state(1);

/** True while messages arrive. */
export const connected = () => live;
/** The site's clock as last heard, ms; 0 before the first word. Ages and countdowns are reckoned from it, so nothing ticks alone. */
export const siteNow = () => siteTime;
export const clockSpeed = () => siteSpeed;

export function listen(handler: Handler): () => void {
  handlers.add(handler);
  return () => handlers.delete(handler);
}
/** Called after each connection but the first: what was pushed meanwhile is lost and must be asked for. */
export function whenReconnected(handler: () => void): () => void {
  reconnected.add(handler);
  return () => reconnected.delete(handler);
}
/** Called when a connection closed that was not given up here: the session may have ended. */
export function whenLost(handler: () => void) { lost = handler; }

function take(text: string) {
  let message: Push;
  try {
    // {"type":"line","seq":7,"line":{...}}: what is pushed lies under the name of its type.
    const { type, ...rest } = JSON.parse(text) as Record<string, unknown> & { type: string };
    const body = rest[type];
    message = { ...(body && typeof body === 'object' && !Array.isArray(body) ? body : rest), type } as Push;
  } catch { return; }
  heardAt = performance.now();
  if (!live) live = true;
  if (message.type === 'tick') {
    siteTime = Date.parse(message.time) || siteTime;
    siteSpeed = message.speed ?? 1;
  }
  for (const handler of handlers) handler(message);
}

function open() {
  if (!wanted) return;
  const url = new URL('/api/v1/stream', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const s = new WebSocket(url);
  socket = s;
  s.onopen = () => {
    if (attempts > 0) for (const handler of reconnected) handler();
    attempts = 0;
  };
  s.onmessage = (event) => take(String(event.data));
  s.onclose = () => {
    if (socket !== s) return;
    live = false;
    socket = null;
    lost();
    setTimeout(open, kRetryMs[Math.min(attempts++, kRetryMs.length - 1)]);
  };
}

export function connect() {
  if (wanted) return;
  wanted = true;
  attempts = 0;
  open();
  watch = setInterval(() => {
    if (live && performance.now() - heardAt > kSilenceMs) {
      live = false;
      socket?.close();     // a half-open connection never says goodbye by itself
    }
  }, 500);
}

export function disconnect() {
  wanted = false;
  live = false;
  siteTime = 0;
  clearInterval(watch);
  const s = socket;
  socket = null;
  s?.close();
}
