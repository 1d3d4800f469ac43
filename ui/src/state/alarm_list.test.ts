import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alarm } from '../api_types';
import { AlarmList } from './alarm_list.svelte';
import { alarms, byUrgency, mergeLot, setAlarm } from './world.svelte';

const alarm = (id: string, more: Partial<Alarm> = {}) =>
  ({ alarm: id, priority: 'medium', state: 'unacknowledged', raised: '2026-01-01T00:00:00Z', ...more }) as Alarm;

describe('alarm list', () => {
  beforeEach(() => alarms.clear());

  it('puts the most urgent first, then those nobody has seen, then the newest', () => {
    const sorted = [
      alarm('low', { priority: 'low' }), alarm('old'), alarm('new', { raised: '2026-01-01T00:05:00Z' }),
      alarm('seen', { state: 'acknowledged', raised: '2026-01-01T00:09:00Z' }), alarm('shelved', { state: 'shelved' }),
      alarm('critical', { priority: 'critical', state: 'acknowledged' }), alarm('closed', { priority: 'critical', state: 'closed' }),
    ].sort(byUrgency).map((a) => a.alarm);
    expect(sorted).toEqual(['critical', 'new', 'old', 'seen', 'shelved', 'low', 'closed']);
  });
  it('lets new alarms wait, so that no row moves under the cursor', () => {
    setAlarm(alarm('a'));
    const list = new AlarmList();
    list.arrange();
    setAlarm(alarm('b', { priority: 'critical' }));
    setAlarm(alarm('a', { state: 'acknowledged' }));
    expect(list.order).toEqual(['a']);
    expect(list.shown[0].state).toBe('acknowledged');
    expect(list.waiting.map((w) => w.alarm)).toEqual(['b']);
    list.arrange();
    expect(list.order).toEqual(['b', 'a']);
    expect(list.waiting).toEqual([]);
  });
  it('steps through rows and stays on the last', () => {
    for (const id of ['a', 'b']) setAlarm(alarm(id, { raised: id === 'a' ? '2026-01-02T00:00:00Z' : '2026-01-01T00:00:00Z' }));
    const list = new AlarmList();
    list.arrange();
    expect(list.step('', 1)).toBe('a');
    expect(list.step('a', 1)).toBe('b');
    expect(list.step('b', 1)).toBe('b');
    expect(list.step('a', -1)).toBe('a');
  });
  it('says that older ones exist and loads them a page at a time', async () => {
    const asked: string[] = [];
    const pages: Record<string, unknown> = {
      'alarms?state=all': { alarms: [alarm('A-4'), alarm('A-3')], next_before: 3 },
      'alarms?state=all&before=3': { alarms: [alarm('A-2', { state: 'closed' }), alarm('A-1', { state: 'closed' })] },
    };
    vi.stubGlobal('fetch', async (address: string) => {
      const path = address.replace('/api/v1/', '');
      asked.push(path);
      return new Response(JSON.stringify(pages[path]));
    });
    const list = new AlarmList();
    list.all = true;
    await list.load();
    expect(list.order.length).toBe(2);
    expect(list.older).toBe(3);
    await list.loadOlder();
    expect(list.order.length).toBe(4);
    expect(list.older).toBeNull();
    await list.loadOlder();
    expect(asked).toEqual(Object.keys(pages));
  });
  it('keeps what a push leaves out of a lot', () => {
    const full = { lot: 'A', tonnes_passed: 10, blockers: [{ code: 'x', text: '' }] } as never;
    expect(mergeLot(full, { lot: 'A', tonnes_passed: 20 } as never)).toEqual({ lot: 'A', tonnes_passed: 20, blockers: [{ code: 'x', text: '' }] });
  });
});
