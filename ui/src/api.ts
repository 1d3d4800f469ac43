// One function a route of docs/api.md. A refusal becomes an ApiError that carries what the server said of each field.
import type * as T from './api_types';

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly fields: T.FieldError[] = [],
              readonly blockers: T.Blocker[] = [], readonly retryAfterS = 0) {
    super(message);
  }
}

let csrf = '';
export function useCsrf(token: string) { csrf = token; }

let onSignedOut: () => void = () => {};
/** Called when the server no longer knows the session. */
export function whenSignedOut(handler: () => void) { onSignedOut = handler; }

let onReading: (share: number) => void = () => {};
/** Called when the server has not read its whole record yet, with the share that it has. */
export function whenReading(handler: (share: number) => void) { onReading = handler; }

async function refusal(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get('Retry-After') ?? 0);
  try {
    const body = await response.json();
    const error = body.error ?? {};
    if (error.code === 'reading') onReading(Number(error.read ?? 0));
    return new ApiError(response.status, error.code ?? 'error', error.message ?? response.statusText,
                        error.fields ?? [], error.blockers ?? body.blockers ?? [], retry);
  } catch {
    return new ApiError(response.status, 'error', `${response.status} ${response.statusText}`, [], [], retry);
  }
}

async function call<R>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<R> {
  const headers: Record<string, string> = {};
  if (method !== 'GET') headers['X-CSRF'] = csrf;
  let payload: BodyInit | undefined;
  if (body !== undefined) {
    headers['Content-Type'] = type;
    payload = type === 'application/json' && typeof body !== 'string' ? JSON.stringify(body) : (body as string);
  }
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, { method, headers, body: payload, credentials: 'same-origin' });
  } catch {
    throw new ApiError(0, 'unreachable', 'unreachable');
  }
  if (!response.ok) {
    const error = await refusal(response);
    if (error.status === 401 && path !== 'session') onSignedOut();
    throw error;
  }
  if (response.status === 204) return undefined as R;
  return (await response.json()) as R;
}

const part = encodeURIComponent;
function query(values: Record<string, string | number | undefined>): string {
  const entries = Object.entries(values).filter(([, v]) => v !== undefined && v !== '');
  return entries.length ? '?' + entries.map(([k, v]) => `${k}=${part(String(v))}`).join('&') : '';
}

export interface DispositionBody { kind: string; reason: string; note?: string; code?: string; override?: boolean; from_t?: number; to_t?: number }

export const api = {
  whoAmI: () => call<T.Session>('GET', 'session'),
  signIn: (user: string, password: string) => call<T.Session>('POST', 'session', { user, password }),
  signOut: () => call<void>('DELETE', 'session'),
  site: () => call<T.Site>('GET', 'site'),
  line: (line: string) => call<T.Line>('GET', `lines/${part(line)}`),
  series: (line: string, q: { lot: string; from_t?: number; to_t?: number; names?: string; max?: number }) =>
    call<{ series: T.Series[] }>('GET', `lines/${part(line)}/series${query(q)}`),
  frame: (line: string, lot: string, near_t: number) =>
    call<{ frame: T.Frame | null }>('GET', `lines/${part(line)}/frames${query({ lot, near_t })}`),
  evidenceUrl: (sha256: string) => `/api/v1/evidence/${part(sha256)}`,
  evidence: <R>(sha256: string) => call<R>('GET', `evidence/${part(sha256)}`),
  lots: () => call<{ lots: T.Lot[] }>('GET', 'lots'),
  lot: (lot: string) => call<T.Lot>('GET', `lots/${part(lot)}`),
  findings: (lot: string, min_verdict = 'suspect', limit = 200) =>
    call<{ findings: T.Finding[] }>('GET', `lots/${part(lot)}/findings${query({ min_verdict, limit })}`),
  disposeLot: (lot: string, body: DispositionBody) => call<T.ReleaseAnswer>('POST', `lots/${part(lot)}/dispositions`, body),
  consent: (disposition: string, reason: string) => call<unknown>('POST', `dispositions/${part(disposition)}/consent`, { reason }),
  lift: (disposition: string, reason: string) => call<unknown>('POST', `dispositions/${part(disposition)}/lift`, { reason }),
  withdraw: (disposition: string, reason: string) => call<unknown>('POST', `dispositions/${part(disposition)}/withdraw`, { reason }),
  /** Of all, a page: `next_before` asks for the one before it. */
  alarms: (state: 'open' | 'all', before?: number, limit?: number) =>
    call<{ alarms: T.Alarm[]; next_before?: number }>('GET', `alarms${query({ state, before, limit })}`),
  acknowledge: (alarm: string) => call<unknown>('POST', `alarms/${part(alarm)}/acknowledge`, {}),
  shelve: (alarm: string, minutes: number, reason: string) => call<unknown>('POST', `alarms/${part(alarm)}/shelve`, { minutes, reason }),
  unshelve: (alarm: string, reason: string) => call<unknown>('POST', `alarms/${part(alarm)}/unshelve`, { reason }),
  outOfService: () => call<{ out_of_service: T.OutOfService[] }>('GET', 'service'),
  setService: (line: string, model: string, in_service: boolean, reason: string) =>
    call<{ out_of_service: T.OutOfService[] }>('POST', `lines/${part(line)}/models/${part(model)}/service`, { in_service, reason }),
  case: (id: string) => call<T.Case>('GET', `cases/${part(id)}`),
  disposeCase: (id: string, body: DispositionBody) => call<unknown>('POST', `cases/${part(id)}/dispositions`, body),
  instruments: () => call<{ instruments: T.Instrument[] }>('GET', 'instruments'),
  audit: (before?: number, limit = 100) => call<T.Audit>('GET', `audit${query({ before, limit })}`),
  declarations: () => call<{ declarations: T.Declaration[] }>('GET', 'declarations'),
  declare: (body: unknown) => call<T.Imported>('POST', 'declarations', body),
  declareText: (text: string, type: string) => call<T.Imported>('POST', 'declarations', text, type),
};
