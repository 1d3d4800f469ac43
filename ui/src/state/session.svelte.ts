// Who is signed in on this browser.
import { api, ApiError, useCsrf, whenSignedOut } from '../api';
import type { Session } from '../api_types';
import { connect, disconnect, whenLost } from './stream.svelte';
import { forget, loadAll } from './world.svelte';

let session = $state<Session | null>(null);
let known = $state(false);
let ended = $state(false);

export const currentSession = () => session;
export const sessionKnown = () => known;
/** Importers and the terminal see how far lots have come, and nothing of the inspection. */
export const seesInspection = () => !['consignee', 'terminal'].includes(session?.role ?? '');
export const supervises = () => session?.role === 'supervisor';
export const mayDecide = () => ['officer', 'supervisor'].includes(session?.role ?? '');
export const sessionEnded = () => ended;

function begin(s: Session) {
  session = s;
  ended = false;
  useCsrf(s.csrf);
  connect();
  void loadAll(s.role);
}

function close() {
  session = null;
  useCsrf('');
  disconnect();
  forget();
}

function end() {
  if (!session) return;
  ended = true;
  close();
}

/** The push was closed: because the session ended, which a WebSocket does not say, or because the line is down. */
async function askWhetherEnded() {
  if (!session) return;
  try { await api.whoAmI(); } catch (error) { if (error instanceof ApiError && error.status === 401) end(); }
}

export async function resume() {
  whenSignedOut(end);
  whenLost(() => void askWhetherEnded());
  try { begin(await api.whoAmI()); } catch { /* not signed in: the sign-in page shows */ }
  known = true;
}

export async function signIn(user: string, password: string) { begin(await api.signIn(user, password)); }

export async function signOut() {
  try { await api.signOut(); } finally { close(); }
}
