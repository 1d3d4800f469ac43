// What an officer may do about radioactivity: nothing explains an artificial source in one key.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, until } from './room.mjs';

let officer;
before(async () => { officer = await person(); await officer.signIn('officer'); });
after(async () => { await officer.close(); });

const ask = (path) => officer.page.evaluate(async (p) => (await fetch(`/api/v1/${p}`)).json(), path);

test('an artificial source offers neither the key nor the reason', async () => {
  const { page, at } = officer;
  const alarm = await until('the source', async () => (await ask('alarms?state=all')).alarms.find((a) => a.code === 'artificial_source'), 120_000);
  await officer.open(`/alarms/${alarm.alarm}`);
  await at('evidence-gamma_spectrum').first().waitFor();
  assert.equal(await at('act-usual').count(), 0);
  await page.keyboard.press('o');
  await page.waitForTimeout(500);
  assert.equal(await at('act-dialog').count(), 0, 'O does nothing here');
  await page.keyboard.press('e');
  await at('act-dialog').waitFor();
  assert.doesNotMatch(await at('act-dialog').textContent(), /Natural radioactivity of the ore/);
  await page.keyboard.press('Escape');
  await at('act-dialog').waitFor({ state: 'detached' });
  const refused = await page.evaluate(async (c) => {
    const csrf = (await (await fetch('/api/v1/session')).json()).csrf;
    const answer = await fetch(`/api/v1/cases/${c}/dispositions`, { method: 'POST', headers: { 'content-type': 'application/json', 'X-CSRF': csrf },
      body: JSON.stringify({ kind: 'explain', reason: 'the ore', code: 'natural_ore' }) });
    return answer.status;
  }, alarm.case);
  assert.equal(refused, 409, 'the center says the same');
});

test('no page threw an error', () => assert.deepEqual(officer.faults, []));
