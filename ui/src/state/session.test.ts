import { beforeEach, describe, expect, it, vi } from 'vitest';

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() { FakeSocket.all.push(this); }
  close() { this.onclose?.(); }
}

const me = { user: 'officer', name: 'Li', role: 'officer', consignee: '', csrf: 'c' };
const site = { site: 's', timezone: 'UTC', time: '', provenance: [], lines: [] };
const run = (l: string) => ({ lot: l, from_t: 0, to_t: 1000, line_t: 0 });
const line = { line: 'A', name: 'A', state: 'running', lot: 'L1', tonnes_passed: 1000, time: '2026-01-01T00:00:00Z', runs: [run('L1')] };
let signedIn = true;
let read: number | null = null;   // share of the record, while the server reads it
let down = false;
let asked: string[] = [];

function answer(path: string): unknown {
  if (path === 'session') return me;
  if (path === 'site') return site;
  if (path === 'lots') return { lots: [] };
  if (path.startsWith('alarms')) return { alarms: [] };
  if (path === 'instruments') return { instruments: [] };
  if (path.includes('/series')) return { series: [] };
  if (path.startsWith('lots/')) return { lot: 'L1' };
  return line;
}

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe('session and push', { timeout: 60_000 }, () => {
  beforeEach(() => {
    vi.resetModules();
    vi.useFakeTimers();
    FakeSocket.all = [];
    signedIn = true;
    read = null;
    down = false;
    asked = [];
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('location', { href: 'http://center/' });
    vi.stubGlobal('fetch', async (address: string) => {
      const path = address.replace('/api/v1/', '');
      asked.push(path);
      if (down) throw new TypeError('refused');
      if (read !== null) return new Response(JSON.stringify({ error: { code: 'reading', message: 'reading', read } }), { status: 503 });
      return signedIn ? new Response(JSON.stringify(answer(path)))
                      : new Response('{"error":{"code":"unauthorized","message":"sign in"}}', { status: 401 });
    });
  });

  it('shows the sign-in and stops reconnecting when the push closed because the session ended', async () => {
    const session = await import('./session.svelte');
    await session.resume();
    FakeSocket.all[0].onopen?.();
    await settle();
    expect(session.currentSession()?.user).toBe('officer');
    signedIn = false;
    FakeSocket.all[0].close();
    await settle(60_000);
    expect(session.currentSession()).toBeNull();
    expect(session.sessionEnded()).toBe(true);
    expect(FakeSocket.all.length).toBe(1);
  });

  it('keeps the session and reconnects when only the line was down', async () => {
    const session = await import('./session.svelte');
    await session.resume();
    FakeSocket.all[0].onopen?.();
    FakeSocket.all[0].close();
    await settle(600);
    expect(session.currentSession()?.user).toBe('officer');
    expect(FakeSocket.all.length).toBe(2);
  });

  it('waits for a server that reads its record, says how far it is, and then goes on with the session', async () => {
    const session = await import('./session.svelte');
    read = 0.4;
    await session.resume();
    expect(session.recordRead()).toBe(0.4);
    expect(session.currentSession()).toBeNull();
    read = 0.7;
    await settle(1000);
    expect(session.recordRead()).toBe(0.7);
    read = null;
    await settle(1000);
    expect(session.recordRead()).toBeNull();
    expect(session.currentSession()?.user).toBe('officer');
  });

  it('goes on asking while a server that was reading does not answer', async () => {
    const session = await import('./session.svelte');
    await session.resume();
    FakeSocket.all[0].onopen?.();
    read = 0.4;
    FakeSocket.all[0].close();
    await settle(100);
    down = true;
    await settle(3000);
    expect(session.recordRead()).toBe(0.4);
    expect(session.currentSession()?.user).toBe('officer');
    down = false;
    read = null;
    await settle(1000);
    expect(session.recordRead()).toBeNull();
    expect(session.currentSession()?.user).toBe('officer');
    expect(session.sessionEnded()).toBe(false);
  });

  it('shows the sign-in after a restart that knows the session no more', async () => {
    const session = await import('./session.svelte');
    await session.resume();
    FakeSocket.all[0].onopen?.();
    read = 0.1;
    FakeSocket.all[0].close();
    await settle(100);
    expect(session.recordRead()).toBe(0.1);
    signedIn = false;
    read = null;
    await settle(1000);
    expect(session.recordRead()).toBeNull();
    expect(session.currentSession()).toBeNull();
    expect(session.sessionEnded()).toBe(true);
  });

  it('asks for the curves anew after a lost connection, and when points were left out', async () => {
    const session = await import('./session.svelte');
    const { LineView } = await import('./line_view.svelte');
    await session.resume();
    FakeSocket.all[0].onopen?.();
    const view = new LineView('A');
    await settle(300);
    const loads = () => asked.filter((p) => p.includes('/series')).length;
    const before = loads();
    expect(before).toBeGreaterThan(0);
    FakeSocket.all[0].onmessage?.({ data: '{"type":"points","points":[],"missed":0}' });
    await settle(1000);
    expect(loads()).toBe(before);
    FakeSocket.all[0].onmessage?.({ data: '{"type":"points","points":[],"missed":17}' });
    await settle(1000);
    expect(loads()).toBe(before + 1);
    FakeSocket.all[0].close();
    await settle(600);
    FakeSocket.all[1].onopen?.();
    await settle(1000);
    expect(loads()).toBe(before + 2);
    view.close();
  });
});
