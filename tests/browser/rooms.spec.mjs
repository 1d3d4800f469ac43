// The other pages: instruments, declarations with a field that does not fit, keys, the importer's telephone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, until } from './room.mjs';

let officer, importer;
before(async () => { [officer, importer] = await Promise.all([person(), person(390, 844)]); await officer.signIn('officer'); });
after(async () => { await Promise.all([officer.close(), importer.close()]); });

test('every instrument shows its state and the age of its last reading', async () => {
  await officer.at('nav-instruments').click();
  await officer.at('instruments-page').waitFor();
  const rows = await until('instruments', () => officer.page.locator('[data-testid^=instrument-][data-state]').count());
  assert.ok(rows >= 3, `${rows} instruments`);
});

test('a declaration that does not fit is refused field by field', async () => {
  await officer.at('nav-declarations').click();
  await officer.at('field-number').fill('I-BROWSER-TEST');
  await officer.at('field-mass_t').fill('-5');
  await officer.at('declaration-send').click();
  await officer.at('declaration-wrong').waitFor();
  await until('the mass named', async () => (await officer.at('error-mass_t').textContent())?.trim());
  assert.equal(await officer.at('declaration-I-BROWSER-TEST').count(), 0);
});

test('a question mark shows the keys, Escape hides them, and g leads to pages', async () => {
  await officer.at('nav-berths').click();
  await officer.page.keyboard.press('?');
  await until('the keys', () => officer.page.locator('dialog[open][data-testid=keys-dialog]').count());
  await officer.page.keyboard.press('Escape');
  await officer.page.keyboard.press('g');
  await officer.page.keyboard.press('o');
  await officer.at('lots-page').waitFor();
});

for (const [width, height] of [[1440, 900], [1920, 1080]]) test(`the live page needs no scrolling at ${width} × ${height}`, async () => {
  await officer.page.setViewportSize({ width, height });
  await officer.at('nav-line').click();
  await officer.at('tonne-stack').waitFor();
  const main = await officer.page.evaluate(() => { const m = document.getElementById('main'); return [m.scrollHeight - m.clientHeight, m.scrollWidth - m.clientWidth]; });
  assert.deepEqual(main, [0, 0]);
});

test('an importer sees the stages of its own lots on a telephone, and nothing else', async () => {
  await importer.signIn(process.env.BELTWARDEN_IMPORTER ?? 'importer');
  await importer.at('mine-page').waitFor();
  await until('a lot with its stages', () => importer.at('stage-bar').count());
  assert.equal(await importer.at('nav-alarms').count(), 0);
  const wide = await importer.page.evaluate(() => document.getElementById('main').scrollWidth - document.getElementById('main').clientWidth);
  assert.equal(wide, 0, 'nothing to scroll sideways');
});

test('no page threw an error', () => assert.deepEqual([...officer.faults, ...importer.faults], []));
