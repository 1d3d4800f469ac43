import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError, useCsrf, whenSignedOut } from './api';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const fetch = vi.fn(async (_url: string, _options: RequestInit) => new Response(body === undefined ? null : JSON.stringify(body), { status, headers }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}
afterEach(() => vi.unstubAllGlobals());

describe('the client of the API', () => {
  it('sends the CSRF word with what changes something, and not with what asks', async () => {
    const fetch = answer(200, {});
    useCsrf('word');
    await api.acknowledge('a 1');
    await api.site();
    expect(fetch.mock.calls[0][0]).toBe('/api/v1/alarms/a%201/acknowledge');
    expect(fetch.mock.calls[0][1].headers).toMatchObject({ 'X-CSRF': 'word', 'Content-Type': 'application/json' });
    expect(fetch.mock.calls[1][1].headers).toEqual({});
  });
  it('carries what the server says of each field', async () => {
    answer(400, { error: { code: 'invalid_input', message: '1 field does not fit', fields: [{ field: 'mass_t', row: 2, message: 'expected more than 0' }] } });
    const error = await api.declare({}).catch((e: ApiError) => e) as ApiError;
    expect(error.status).toBe(400);
    expect(error.fields).toEqual([{ field: 'mass_t', row: 2, message: 'expected more than 0' }]);
  });
  it('carries what blocks a release', async () => {
    answer(409, { error: { code: 'blocked', message: 'no' }, blockers: [{ code: 'coverage_hole', text: '' }] });
    const error = await api.disposeLot('A', { kind: 'release', reason: 'r' }).catch((e: ApiError) => e) as ApiError;
    expect(error.blockers).toEqual([{ code: 'coverage_hole', text: '' }]);
  });
  it('says how long a locked account waits', async () => {
    answer(429, { error: { code: 'locked', message: 'wait' } }, { 'Retry-After': '90' });
    expect(((await api.signIn('a', 'b').catch((e: ApiError) => e)) as ApiError).retryAfterS).toBe(90);
  });
  it('notices that the session is over, but not at the sign-in itself', async () => {
    const over = vi.fn();
    whenSignedOut(over);
    answer(401, {});
    await api.signIn('a', 'b').catch(() => {});
    expect(over).not.toHaveBeenCalled();
    await api.lots().catch(() => {});
    expect(over).toHaveBeenCalledOnce();
  });
  it('tells an unreachable server from one that refuses', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('network'); }));
    expect(((await api.lots().catch((e: ApiError) => e)) as ApiError).code).toBe('unreachable');
  });
});
