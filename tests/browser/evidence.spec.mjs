// What an officer judges by: evidence of every kind is drawn, one cursor leads through picture, panel and curves, increments lie
// at their tonnes; and what an importer declares is taken in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, until } from './room.mjs';

let officer;
before(async () => { officer = await person(); await officer.signIn('officer'); });
after(async () => { await officer.close(); });

const alarmOf = (code) => until(`an alarm ${code}`, () => officer.page.evaluate(async (wanted) => {
  const answer = await (await fetch('/api/v1/alarms?state=all')).json();
  return answer.alarms.find((a) => a.code === wanted)?.alarm ?? null;
}, code), 120_000);

// How many of a canvas' points are painted.
const painted = (canvas) => canvas.evaluate((c) => {
  const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0;
  for (let i = 3; i < data.length; i += 4) n += data[i] > 0 ? 1 : 0;
  return n;
});

test('a picture is shown with the box of what was found, and once more close up', async () => {
  await officer.open(`/alarms/${await alarmOf('inclusion')}`);
  const item = officer.at('evidence-frame').first();
  await item.waitFor();
  await until('the picture and its close-up', async () => (await item.locator('svg image').count()) === 2);
  assert.ok(await item.locator('svg rect.box').count(), 'the box lies in the picture');
  const loads = await item.locator('svg image').first().evaluate(async (e) => {
    const answer = await fetch(e.getAttribute('href'));
    return [answer.status, answer.headers.get('content-type')];
  });
  assert.deepEqual(loads, [200, 'image/jpeg']);
});

test('a gamma spectrum lies on what was expected, and the waterfall shows when', async () => {
  await officer.open(`/alarms/${await alarmOf('artificial_source')}`);
  const item = officer.at('evidence-gamma_spectrum').first();
  await item.locator('canvas').waitFor();
  assert.deepEqual(await item.locator('li.measured, li.expected').evaluateAll((l) => l.map((e) => e.className.split(' ')[0])), ['measured', 'expected']);
  await until('a curve', async () => (await painted(item.locator('canvas'))) > 500);
  assert.match(await item.locator('h3').textContent(), /Cs-137/);
  const waterfall = officer.at('evidence-gamma_waterfall').first();
  await waterfall.locator('svg').waitFor();
  assert.ok((await waterfall.locator('rect.cell').count()) > 0, 'what stands out of the usual, by time and energy');
  assert.ok((await waterfall.locator('polyline').getAttribute('points')).split(' ').length > 5, 'the belt load beside it');
});

test('a spectrum lies in the envelope of its brand', async () => {
  await officer.open(`/alarms/${await alarmOf('slag_suspect')}`);
  const item = officer.at('evidence-spectrum').first();
  await item.locator('canvas').waitFor();
  assert.deepEqual(await item.locator('li').evaluateAll((l) => l.map((e) => e.className.split(' ')[0])), ['measured', 'expected', 'edge']);
  await until('a curve', async () => (await painted(item.locator('canvas'))) > 500);
});

test('one cursor moves the panel, the picture and the values', async () => {
  const { page, at } = officer;
  await at('nav-line').click();
  await at('tonne-stack').waitFor();
  const layer = await at('cursor-layer').boundingBox();
  const to = async (share) => {
    await page.mouse.move(layer.x + layer.width * share, layer.y + layer.height / 3);
    await page.waitForTimeout(900);     // the picture is asked for once the cursor rests
    return {
      tonnes: await at('cursor-panel').locator('.where').textContent(),
      picture: await at('frame-panel').locator('figcaption').textContent(),
      values: (await page.locator('[data-testid^=value-]').allTextContents()).join('|'),
    };
  };
  await page.mouse.move(layer.x + layer.width / 2, layer.y + layer.height / 3);
  await page.mouse.wheel(-300, 0);      // a frozen axis: nothing moves by itself
  await until('a frozen axis', async () => (await at('live-state').getAttribute('data-follow')) === 'false');
  const left = await to(0.2), right = await to(0.7), again = await to(0.2);
  for (const part of ['tonnes', 'picture', 'values']) assert.notEqual(left[part], right[part], `${part} under the cursor`);
  assert.match(left.picture, /\d.*\st\b/);
  assert.equal(again.tonnes, left.tonnes);
  assert.equal(again.values, left.values);
});

test('increments that were taken lie on the axis', async () => {
  const { page } = officer;
  await page.keyboard.press('n');
  const taken = page.locator('[data-testid=tonne-stack] .cut.taken');
  await until('an increment', () => taken.count(), 60_000);
  assert.match(await taken.first().getAttribute('title'), /·\s\d.*\st$/);
});

test('a declaration that fits is taken in, and its lot is listed', async () => {
  const { at } = officer;
  await at('nav-declarations').click();
  const fields = { number: '220920261000004299', lot: 'HQ0042-9', ship: 'MV Browser Test', call: 'HQ-2026-0042', consignee: 'Haiqing Steel',
    brand: 'Karstad fines', origin: 'NO', hs_code: '2601112000', feed_number: '9', mass_t: '12000', 'composition.Fe': '62.5' };
  for (const [field, text] of Object.entries(fields)) await at(`field-${field}`).fill(text);
  await at('declaration-send').click();
  await at('declaration-220920261000004299').waitFor();
  assert.match(await at('declaration-220920261000004299').textContent(), /HQ0042-9.*Karstad fines.*12[,\s  ]?000/s);
  await at('nav-lots').click();
  await at('lot-row-HQ0042-9').waitFor();
});

test('what an instrument dropped is counted by its cause', async () => {
  const { page, at } = officer;
  // A calm berth drops nothing: its own answer, with drops added to the camera's row, and without the news that would undo it.
  await page.route('**/api/v1/instruments', async (route) => {
    const response = await route.fetch(), answer = await response.json();
    for (const i of answer.instruments) if (i.instrument === 'camera') i.dropped = [{ cause: 'frame lost', count: 1234 }, { cause: 'frame repeated', count: 2 }];
    await route.fulfill({ response, json: answer });
  });
  await page.routeWebSocket('**/api/v1/stream', (mine) => {
    const server = mine.connectToServer();
    server.onMessage((text) => { if (JSON.parse(text).type !== 'instrument') mine.send(text); });
  });
  await page.reload();
  await at('nav-instruments').click();
  await until('the counts', async () => /1\s234 × frame lost/.test(await at('instrument-camera').textContent()));
  assert.match(await at('instrument-camera').textContent(), /2 × frame repeated/);
  assert.doesNotMatch(await at('instrument-gamma').textContent(), /×/);
});

test('no page threw an error', () => assert.deepEqual(officer.faults, []));
