// What the browser tests share: a browser with nothing remembered, and the ways of a person in the control room.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { chromium } = createRequire(new URL('../../ui/package.json', import.meta.url))('playwright-core');

export const url = process.env.BELTWARDEN_URL;
export const password = process.env.BELTWARDEN_PASSWORD ?? 'belt-demo-2026';
const browserPath = process.env.BELTWARDEN_CHROMIUM ?? '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
export const kPatienceMs = 30_000;

/** A person at a browser of their own: nobody else's cookies, language English, light. */
export async function person(width = 1440, height = 900) {
  const profile = await mkdtemp(join(tmpdir(), 'beltwarden-browser-'));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: browserPath, headless: true, args: flags, viewport: { width, height } });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(kPatienceMs);
  const faults = [];
  page.on('pageerror', (e) => faults.push(e.message));
  page.on('crash', () => faults.push('the page crashed'));
  await page.addInitScript(() => {
    if (!localStorage.getItem('language')) localStorage.setItem('language', 'en');
    if (!localStorage.getItem('theme')) localStorage.setItem('theme', 'light');
  });
  const at = (id) => page.getByTestId(id);
  return {
    page, at, faults,
    async close() { await browser.close(); await rm(profile, { recursive: true, force: true }); },
    async signIn(user) {
      await page.goto(url);
      await at('user').fill(user);
      await at('password').fill(password);
      await at('sign-in').click();
      await at('who').or(at('mine-page')).first().waitFor({ state: 'attached' });
    },
    async open(hash) { await page.evaluate((h) => { location.hash = h; }, hash); },
  };
}

/** Asks `check` until it answers something true; says what was hoped for when patience ends. */
export async function until(hope, check, patienceMs = kPatienceMs) {
  const end = Date.now() + patienceMs;
  let last;
  do {
    try { last = await check(); if (last) return last; } catch (e) { last = e.message; }
    await new Promise((r) => setTimeout(r, 200));
  } while (Date.now() < end);
  throw new Error(`${hope}: not within ${patienceMs / 1000} s (last: ${last})`);
}
