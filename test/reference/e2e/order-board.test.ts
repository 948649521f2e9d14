/** The order board in real browsers, on a real server. Skips, and says so, where there is no Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as board from './pages/board.ts';
import { hasChromium, inColumn, live, orderCommands, sendAll, useShop } from './pages/board.ts';

const shop = useShop();

describe.skipIf(!hasChromium)('the order board', () => {
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

  test('U13 the expected effect is shown before the server has answered, and is not reverted', async () => {
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
    await live(page);
    await expectStatus(order, 'confirmed');
    expect(await page.evaluate(() => Reflect.get(window, 'columns'))).toEqual([
      'placed',
      'confirmed',
    ]);
    await page.close();
  });

  test('U13 the expected effect of a rejected command is reverted, with the reason', async () => {
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
    await sendAll(shop.url, orderCommands('o-1', 'DRACD'));
    await page.context().setOffline(false);
    await inColumn(page, 'placed', 'DRACD').waitFor();
    await page.close();
  });
});

/** The browser's messages, with those of the content security policy. */
const complaints: string[] = [];

function openBoard(): Promise<Page> {
  return board.openBoard(shop.browser, shop.url, { complaints });
}

async function place(page: Page, customer: string): Promise<void> {
  await board.place(page, { customer });
  await inColumn(page, 'placed', customer).getByRole('button', { name: 'Confirm' }).waitFor();
  await live(page);
}

/** Delays the page's next commands until the response is released. */
async function held(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route('**/v1/commands/**', async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

/** Runs in the page: records every column that the order was in. */
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
  const response = await fetch(new URL(`/v1/commands/order/${order}/${name}`, shop.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(data),
  });
  expect(response.status).toBe(200);
}

async function expectStatus(order: string, status: string): Promise<void> {
  const response = await fetch(new URL(`/v1/aggregates/order/${order}`, shop.url));
  expect(await response.json()).toMatchObject({ state: { status } });
}
