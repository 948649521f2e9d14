/** The order board in real browsers, on a real server. Skips, and says so, where there is no Chromium. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveLedge } from './support/serve.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .concat(process.env.CHROMIUM ?? [])
  .findLast(existsSync);
if (!executablePath) console.warn('The order board is not tried: CHROMIUM names no browser.');

let ledge: Served;
let browser: Browser;

describe.skipIf(!executablePath)('the order board', () => {
  beforeAll(async () => {
    ledge = await serveLedge();
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox'],
    });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await ledge.server.close();
  });

  test('U12 two windows see each other’s orders', async () => {
    const [one, other] = [await openBoard(), await openBoard()];
    const startedMs = performance.now();
    await place(one, 'ANATR');
    await other.locator('section[data-status=placed] li', { hasText: 'ANATR' }).waitFor();
    const ms = Math.round(performance.now() - startedMs);
    console.log(`The other window shows the order ${ms} ms after the form was first touched.`);
    await other.getByRole('button', { name: 'Confirm' }).click();
    await one.locator('section[data-status=confirmed] li', { hasText: 'ANATR' }).waitFor();
    expect(await one.locator('li').count()).toBe(1);
    expect(complaints).toEqual([]);
    await Promise.all([one.close(), other.close()]);
  });

  test('U13 what is expected stands there before the server has answered, and does not go back', async () => {
    const page = await openBoard();
    await place(page, 'BERGS');
    const card = page.locator('li', { hasText: 'BERGS' });
    const order = (await card.getAttribute('data-order')) ?? '';
    const answer = await held(page);
    await page.evaluate(recordColumns, order);
    await card.getByRole('button', { name: 'Confirm' }).click();
    await inColumn(page, 'confirmed', 'BERGS').waitFor();
    await expectStatus(order, 'placed');
    answer();
    await page.getByText('Live', { exact: true }).waitFor();
    await expectStatus(order, 'confirmed');
    expect(await page.evaluate(() => Reflect.get(window, 'columns'))).toEqual([
      'placed',
      'confirmed',
    ]);
    await page.close();
  });

  test('U13 what was expected and refused is taken back, with the reason', async () => {
    const page = await openBoard();
    await place(page, 'CHOPS');
    const order = (await page.locator('li', { hasText: 'CHOPS' }).getAttribute('data-order')) ?? '';
    const answer = await held(page);
    await page.locator('li', { hasText: 'CHOPS' }).getByRole('button', { name: 'Confirm' }).click();
    await inColumn(page, 'confirmed', 'CHOPS').waitFor();
    await command(order, 'CancelOrder', { reason: 'out of tea' });
    answer();
    await inColumn(page, 'cancelled', 'CHOPS').waitFor();
    await page.close();
  });

  test('U13 a window that lost its network catches up when it is back', async () => {
    const page = await openBoard();
    await page.context().setOffline(true);
    const cart = { customer: 'DRACD', country: 'Peru', channel: 'phone', lines: [line] };
    await command('o-1', 'PlaceOrder', cart);
    await page.context().setOffline(false);
    await inColumn(page, 'placed', 'DRACD').waitFor();
    await page.close();
  });
});

const PATIENCE_MS = 10_000;
const line = { product: 'chai', quantity: 1, unitCents: 1_800, discountBp: 0 };

/** What browsers said of the page, its content security policy included. */
const complaints: string[] = [];

async function openBoard(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(new URL('/pages/board/', ledge.url).href);
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

async function place(page: Page, customer: string): Promise<void> {
  const said = { customer, country: 'Germany', product: 'chai', euros: '18.00' };
  for (const [name, value] of Object.entries(said)) {
    await page.locator(`input[name=${name}]`).fill(value);
  }
  await page.getByRole('button', { name: 'Place order' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
}

function inColumn(page: Page, status: string, customer: string) {
  return page.locator(`section[data-status=${status}] li`, { hasText: customer });
}

/** Keeps the page's next commands from the server until the answer is let go. */
async function held(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route('**/v1/commands/**', async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

/** Runs in the page: notes every column that the order has stood in. */
function recordColumns(order: string): void {
  const columns: string[] = [];
  const note = () => {
    const column = document.querySelector(`[data-order="${order}"]`)?.closest('section');
    const status = column?.dataset.status ?? 'nowhere';
    if (columns.at(-1) !== status) columns.push(status);
  };
  note();
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  Object.assign(window, { columns });
}

async function command(order: string, name: string, data: object): Promise<void> {
  const response = await fetch(new URL(`/v1/commands/order/${order}/${name}`, ledge.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(data),
  });
  expect(response.status).toBe(200);
}

async function expectStatus(order: string, status: string): Promise<void> {
  const response = await fetch(new URL(`/v1/aggregates/order/${order}`, ledge.url));
  expect(await response.json()).toMatchObject({ state: { status } });
}
