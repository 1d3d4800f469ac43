// An officer's shift in the browser: watch, acknowledge, decide, look it up, be refused, release with a second signature.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, until } from './room.mjs';

let officer;
before(async () => { officer = await person(); });
after(async () => { await officer.close(); });

test('a wrong password is refused, the right one opens the room', async () => {
  const { page, at } = officer;
  await officer.page.goto(process.env.BELTWARDEN_URL);
  await at('user').fill('officer');
  await at('password').fill('not the password');
  await at('sign-in').click();
  await until('a word on the wrong password', async () => (await at('sign-in-message').textContent())?.trim());
  assert.equal(await page.getByTestId('who').count(), 0);
  await officer.signIn('officer');
  await at('berths').waitFor();
});

test('tonnes advance on the line', async () => {
  const { at } = officer;
  await at('nav-line').click();
  await at('tonne-stack').waitFor();
  const tonnes = async () => Number(await at('tonnes-passed').getAttribute('data-tonnes'));
  const lot = await until('a lot on the belt', () => at('header-lot').textContent());
  const first = await tonnes();
  await until('more tonnes, or the next lot', async () => (await tonnes()) > first + 1 || (await at('header-lot').textContent()) !== lot);
  assert.equal(await at('live-state').getAttribute('data-follow'), 'true');
});

test('scrolling back freezes the axis and a key comes back to now', async () => {
  const { page, at } = officer;
  await at('cursor-layer').hover();
  await page.mouse.wheel(-400, 0);
  await until('a frozen axis', async () => (await at('live-state').getAttribute('data-follow')) === 'false');
  await page.keyboard.press('n');
  await until('a live axis', async () => (await at('live-state').getAttribute('data-follow')) === 'true');
});

test('language and theme switch on the spot', async () => {
  const { page, at } = officer;
  await at('language').click();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
  await page.getByRole('link', { name: '报警', exact: true }).waitFor();
  await at('theme').click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await at('language').click();
  await at('theme').click();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
});

let decided;
test('an alarm is acknowledged and explained with keys, for a reason', async () => {
  const { page, at } = officer;
  await at('nav-alarms').click();
  await until('an alarm nobody has acknowledged', async () => {
    if (await at('alarms-new').isEnabled()) await at('alarms-new').click();
    return page.locator('[data-testid=alarm-row][data-unseen=true]').count();
  }, 120_000);
  const row = page.locator('[data-testid=alarm-row][data-unseen=true]').first();
  decided = await row.getAttribute('data-alarm');
  await row.click();
  await at('case-evidence').waitFor();
  await page.keyboard.press('a');
  await until('the alarm acknowledged', async () => (await page.locator(`[data-testid=alarm-row][data-alarm="${decided}"]`).getAttribute('data-unseen')) === 'false');
  await page.keyboard.press('e');
  await at('act-dialog').waitFor();
  await page.keyboard.press('Enter');
  await until('a word on the missing reason', async () => (await at('act-message').textContent())?.trim());
  await page.keyboard.press('1');
  await at('act-note').fill('seen by the browser test');
  await at('act-confirm').click();
  await at('act-dialog').waitFor({ state: 'detached' });
  await until('the decision in the list', () => page.locator('[data-testid=dispositions] [data-kind=explain]').count());
});

test('the audit trail holds both acts and its chain is whole', async () => {
  const { page, at } = officer;
  await at('nav-audit').click();
  await until('the explanation in the trail', async () => {
    const texts = await page.getByTestId('audit-row').allTextContents();
    return texts.some((t) => t.includes('Checked on site'));
  });
  assert.match(await at('audit-chain').textContent(), /whole/);
  assert.ok((await page.getByTestId('audit-row').count()) >= 2);
});

test('no page threw an error', () => assert.deepEqual(officer.faults, []));
