// Who is signed in on this browser.
import { api, ApiError, useCsrf, whenReading, whenSignedOut } from '../api';
import type { Session } from '../api_types';
import { connect, disconnect, whenLost } from './stream.svelte';
import { forget, loadAll } from './world.svelte';

let session = $state<Session | null>(null);
let known = $state(false);
let ended = $state(false);
let read = $state<number | null>(null);
const kAskAgainMs = 1000;

export const currentSession = () => session;
export const sessionKnown = () => known;
/** Importers and the terminal see how far lots have come, and nothing of the inspection. */
export const seesInspection = () => !['consignee', 'terminal'].includes(session?.role ?? '');
export const supervises = () => session?.role === 'supervisor';
export const mayDecide = () => ['officer', 'supervisor'].includes(session?.role ?? '');
export const sessionEnded = () => ended;
/** What share of its record the server has read since it was started; null: all of it. Until then it shows nothing. */
export const recordRead = () => read;

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

/** The server has been started and is reading its record: asks until it has, and goes on with whatever session there still is. */
function waitUntilRead(share: number) {
  if (read === null) setTimeout(() => void askWhetherRead(), kAskAgainMs);
  read = share;
}

async function askWhetherRead() {
  try {
    const s = await api.whoAmI();
    read = null;
    if (session) void loadAll(s.role); else begin(s);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      read = null;
      end();
      return;
    }
    // Still reading, or nobody answers for a moment: whoever is signed in stays so.
    setTimeout(() => void askWhetherRead(), kAskAgainMs);
  }
}

export async function resume() {
  whenSignedOut(end);
  whenReading(waitUntilRead);
  whenLost(() => void askWhetherEnded());
  try { begin(await api.whoAmI()); } catch { /* not signed in: the sign-in page shows */ }
  known = true;
}

export async function signIn(user: string, password: string) { begin(await api.signIn(user, password)); }

export async function signOut() {
  try { await api.signOut(); } finally { close(); }
}
