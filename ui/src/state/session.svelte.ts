// Who is signed in on this browser.
import { api, useCsrf, whenSignedOut } from '../api';
import type { Session } from '../api_types';
import { connect, disconnect } from './stream.svelte';
import { forget, loadAll } from './world.svelte';

let session = $state<Session | null>(null);
let known = $state(false);
let ended = $state(false);

export const currentSession = () => session;
export const sessionKnown = () => known;
/** Importers and the terminal see how far lots have come, and nothing of the inspection. */
export const seesInspection = () => !['consignee', 'terminal'].includes(session?.role ?? '');
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

export async function resume() {
  whenSignedOut(() => { if (session) { ended = true; close(); } });
  try { begin(await api.whoAmI()); } catch { /* not signed in: the sign-in page shows */ }
  known = true;
}

export async function signIn(user: string, password: string) { begin(await api.signIn(user, password)); }

export async function signOut() {
  try { await api.signOut(); } finally { close(); }
}
