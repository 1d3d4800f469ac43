// What an officer may do about radioactivity: nothing explains an artificial source in one key; thorium in the ore is explained with
// O and Enter, the site hears of it, the same ore farther along the lot asks nobody again, and a supervisor takes that back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, until } from './room.mjs';

let officer;
before(async () => { officer = await person(); await officer.signIn('officer'); });
after(async () => { await officer.close(); });

const ask = (path) => officer.page.evaluate(async (p) => (await fetch(`/api/v1/${p}`)).json(), path);

// Where the ore itself is raised over slices; its first tonnes may ring as a passing source besides.
const raised = async () => (await ask('alarms?state=all')).alarms.filter((a) => a.code === 'natural_radioactivity_high' && a.measured.some((m) => m.name === 'times_usual'));

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

let explained;
test('thorium in the ore is explained with one key and Enter', async () => {
  const { page, at } = officer;
  explained = (await until('ore that is raised', async () => { const all = await raised(); return all.length ? all : null; }, 180_000))[0];
  await officer.open(`/alarms/${explained.alarm}`);
  await at('act-usual').waitFor();
  await page.keyboard.press('o');
  await at('act-dialog').waitFor();
  await page.keyboard.press('Enter');
  await at('act-dialog').waitFor({ state: 'detached' });
  await until('the decision in the list', () => page.locator('[data-testid=dispositions] [data-kind=explain]').count());
  const its = await ask(`cases/${explained.case}`);
  assert.equal(its.state, 'disposed');
  assert.equal(its.dispositions.at(-1).code, 'natural_ore');
});

test('the same ore farther along asks nobody again', async () => {
  await until('the second stretch of it has passed', async () => {
    const lot = (await ask('lots')).lots.find((l) => l.lot === explained.lot);
    return lot?.tonnes_passed > 6_600;
  }, 420_000);
  const again = (await raised()).filter((a) => a.lot === explained.lot && a.to_t > 5_000);
  assert.deepEqual(again.map((a) => [a.from_t, a.to_t, a.label]), []);
});

test('a link to an alarm that is closed leads to it', async () => {
  const { page, at } = officer;
  await officer.open(`/alarms/${explained.alarm}`);
  await page.reload();
  await at('dispositions').waitFor();
  assert.match(await page.locator('main').innerText(), /Th-232/);
  // What the explanation taught: the brand and how much of it.
  assert.match(await at('explained-levels').first().innerText(), /^Of .+ up to .*Th-232 series \d[\d. ]* Bq\/kg.* is expected from here on\.$/);
});

test('a supervisor takes it back, and an officer may not', async () => {
  const id = (await ask(`cases/${explained.case}`)).dispositions.at(-1).id;
  assert.equal(await officer.at(`withdraw-${id}`).count(), 0);
  const supervisor = await person();
  try {
    await supervisor.signIn('supervisor');
    await supervisor.open(`/alarms/${explained.alarm}`);
    await supervisor.at(`withdraw-${id}`).click();
    await supervisor.at('act-dialog').waitFor();
    assert.match(await supervisor.at('act-dialog').innerText(), /no longer expected to hold as much/);
    await supervisor.page.keyboard.press('1');
    await supervisor.at('act-confirm').click();
    await supervisor.at('act-dialog').waitFor({ state: 'detached' });
    await until('the decision shown as withdrawn', () => supervisor.page.locator('[data-testid=dispositions] [data-state=withdrawn]').count());
    assert.equal(await supervisor.at(`withdraw-${id}`).count(), 0, 'once');
    assert.equal(await supervisor.at('explained-levels').count(), 0, 'nothing is expected any more');
    assert.deepEqual(supervisor.faults, []);
  } finally {
    await supervisor.close();
  }
});

test('a link to an alarm that never was says so', async () => {
  await officer.open('/alarms/A-99999');
  await officer.page.getByText('There is no alarm A-99999').waitFor();
});

test('no page threw an error', () => assert.deepEqual(officer.faults, []));
