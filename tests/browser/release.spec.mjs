// A lot with something against it: one officer alone is refused; two release it, each on their own session.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, until } from './room.mjs';

let first, second, lot;   // the lot with a hole
before(async () => { [first, second] = await Promise.all([person(), person()]); });
after(async () => { await Promise.all([first.close(), second.close()]); });

async function decide(who, kindButton, { reason, override = false }) {
  await who.at(kindButton).click();
  await who.at('act-dialog').waitFor();
  if (override) await who.at('act-override').check();
  await who.at('act-own').fill(reason);
  await who.at('act-confirm').click();
}

test('two officers sign in on two browsers', async () => {
  await first.signIn('officer');
  await second.signIn('supervisor');
  lot = await until('a lot whose last tonne has passed, with a hole in its coverage', () => first.page.evaluate(async () => {
    const get = async (path) => (await fetch(`/api/v1/${path}`)).json();
    for (const { lot, state } of (await get('lots')).lots) {
      if (state === 'inspected' && (await get(`lots/${lot}`)).blockers.some((b) => b.code === 'coverage_hole')) return lot;
    }
    return null;
  }), 180_000);
  await Promise.all([first.open(`/lot/${encodeURIComponent(lot)}`), second.open(`/lot/${encodeURIComponent(lot)}`)]);
  await Promise.all([first.at('lot-page').waitFor(), second.at('lot-page').waitFor()]);
});

test('the page says which tonnes were not inspected', async () => {
  await first.page.locator('[data-testid=clearance] [data-testid=blockers] li[data-code=coverage_hole]').first().waitFor();
});

test('release is refused while a hole in coverage is open', async () => {
  await decide(first, 'lot-release', { reason: 'browser test: without override' });
  await until('the refusal', async () => (await first.at('act-message').textContent())?.trim());
  const codes = await first.page.locator('[data-testid=act-dialog] [data-testid=blockers] li').evaluateAll((l) => l.map((e) => e.dataset.code));
  assert.ok(codes.includes('coverage_hole'), `the refusal names the hole, found ${codes}`);
  await first.at('act-cancel').click();
  assert.notEqual(await first.at('lot-page').getAttribute('data-state'), 'released');
});

test('with a reason it is proposed, and waits for somebody else', async () => {
  await decide(first, 'lot-release', { reason: 'browser test: the uninspected tonnes were sampled by hand', override: true });
  await first.at('act-dialog').waitFor({ state: 'detached' });
  await first.at('waiting-consent').waitFor();
  assert.equal(await first.at('sign-second').count(), 0, 'nobody is their own second officer');
});

test('the second officer signs on their own session and the lot is released', async () => {
  await second.at('sign-second').click();
  await second.at('act-dialog').waitFor();
  await second.page.keyboard.press('1');
  await second.at('act-confirm').click();
  await second.at('act-dialog').waitFor({ state: 'detached' });
  for (const who of [first, second]) await until('the lot released', async () => (await who.at('lot-page').getAttribute('data-state')) === 'released');
});

test('both signatures are in the audit trail', async () => {
  await second.at('nav-audit').click();
  await until('both reasons in the trail', async () => {
    const text = (await second.page.getByTestId('audit-row').allTextContents()).join('\n');
    return text.includes('sampled by hand') && text.includes('I have seen the evidence and agree');
  });
});

test('no page threw an error', () => assert.deepEqual([...first.faults, ...second.faults], []));
