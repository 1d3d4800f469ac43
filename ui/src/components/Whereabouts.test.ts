// Where an alarm's material lies now: counted on from when the site said so, by the site's clock, while the belt moves.
import { render } from 'svelte/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alarm, Line, Position } from '../api_types';

const stream = { now: 0, live: true };
vi.stubGlobal('navigator', { language: 'en-GB' });   // the dictionary asks for it when it is loaded
vi.mock('../state/stream.svelte', async (original) => ({ ...(await original<object>()), siteNow: () => stream.now, connected: () => stream.live }));
const { heardAt, lines } = await import('../state/world.svelte');
const { default: Whereabouts } = await import('./Whereabouts.svelte');

const heard = Date.UTC(2026, 4, 1, 12);

function said(position: Position | null, short = false): string {
  const alarm = { alarm: 'A1', line: 'L1', position } as unknown as Alarm;
  return render(Whereabouts, { props: { alarm, short } }).body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
}

beforeEach(() => {
  heardAt.set('A1', heard);
  lines.set('L1', { state: 'running', speed_mps: 2.5 } as Line);
  stream.now = heard;
  stream.live = true;
});

describe('Whereabouts', () => {
  it('says how far the material is and how long it stays in reach', () => {
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 })).toBe('on the belt, 100 m after the scale out of reach in 1 min 20 s');
  });

  it('moves the material on with the belt', () => {
    stream.now = heard + 20_000;
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 })).toBe('on the belt, 150 m after the scale out of reach in 1 min 00 s');
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 }, true)).toBe('1 min 00 s');
  });

  it('leaves it where it is while the belt stands', () => {
    lines.set('L1', { state: 'stopped', speed_mps: 0 } as Line);
    stream.now = heard + 20_000;
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 })).toContain('100 m');
  });

  it('says that it has left once its time is over', () => {
    stream.now = heard + 81_000;
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 })).toBe('in the yard out of reach of the belt');
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 }, true)).toBe('');
  });

  it('counts no time without the site', () => {
    stream.live = false;
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 })).toContain('no connection: time to leave not known');
    expect(said({ where: 'belt', distance_m: 100, seconds_to_leave: 80 }, true)).toBe('');
  });

  it('names the hatch, the yard, and what is not known', () => {
    expect(said({ where: 'hatch' })).toContain('still in the hatch');
    expect(said({ where: 'yard' })).toContain('in the yard');
    expect(said(null)).toContain('place not known');
  });
});
