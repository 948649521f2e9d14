/** The console's screen of read models, over a server with an order book, in a browser. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { hasChromium, orderCommands, sendAll, useShop } from '../pages/board.ts';
import { tabTo } from './keyboard.ts';
import { expectGoodLook, looks } from './looks.ts';
import { openConsole } from './open-console.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';

const shop = useShop((url) =>
  sendAll(url, [...orderCommands('o-1', 'ANATR'), ...orderCommands('o-2', 'BERGS', 'shipped')]),
);

describe.skipIf(!hasChromium)('the console’s read models', () => {
  test('CO30 lists what serves, its lag and the databases’ size; by keyboard alone one is verified, and its report shown', async () => {
    const { page, complaints } = await opened('/console/read-models');
    await page.getByRole('row', { name: /^orders live 1 1 none 0/ }).waitFor();
    await page.getByRole('row', { name: /^DB (.* of 10\.0 GB|not known here)/ }).waitFor();
    await tabTo(page, 'orders');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /^1 DB live primary, serves none/ }).waitFor();
    await tabTo(page, 'Verify orders …');
    await page.keyboard.press('Enter');
    await page.getByText(/^Recomputes its rows from the journal/).waitFor();
    await tabTo(page, 'Verify');
    await page.keyboard.press('Enter');
    await page.getByText(/^The read model is/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /^orders_v1 DB 1 2 0 0$/ }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('CO31 one is paused with its reason, which is shown as text, and resumed; rebuilt, it is live again', async () => {
    const { page } = await opened('/console/read-models/products');
    await done(page, 'Pause', HOSTILE);
    await page.locator('td bdi').getByText(HOSTILE).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    await done(page, 'Resume');
    await page.getByRole('button', { name: 'Pause products' }).waitFor();
    await done(page, 'Rebuild');
    await page.getByRole('row', { name: /^1 DB live .*serves/ }).waitFor();
    await page.close();
  });

  test('CO32 a version that does not serve is served or dropped, and one of the code is not dropped', async () => {
    const { page } = await opened('/console/read-models/orders', {}, twoVersions);
    await page.getByRole('button', { name: 'Serve this version orders@1' }).waitFor();
    expect(await page.getByRole('button', { name: /orders@2/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Drop orders@1' }).click();
    await page.getByText(/^The rows and the dead letters of this version are gone/).waitFor();
    await page.locator('dialog[open] summary').click();
    const shown = await page.locator('dialog[open] pre').allTextContents();
    expect(shown[0]).toContain(`/v1/projections/orders/drop`);
    expect(shown[0]).toContain(`-d '{"version":1}'`);
    expect(shown[1]).toBe('ledge projections drop orders 1');
    await page.close();
  });

  test('CO33 without the grant its actions are disabled and name it', async () => {
    const { page } = await opened('/console/read-models/orders', {}, async (context) => {
      const me = { id: 'user:ann', tenant: 'main', roles: ['operator'], may: ['operate sagas'] };
      await context.route('**/v1/me', (route) => route.fulfill({ json: me }));
    });
    await page.getByText('needs operate deployment').first().waitFor();
    for (const name of ['Rebuild', 'Verify', 'Pause']) {
      expect(await page.getByRole('button', { name }).isDisabled()).toBe(true);
    }
    await page.close();
  });

  test.each(looks)(
    'CO34 axe finds nothing, and nothing is out of sight, in %s at %i px',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const { page, complaints } = await opened('/console/read-models', options, twoVersions);
      await page.getByRole('link', { name: 'orders' }).waitFor();
      await expectGoodLook(page, `read-models-${colorScheme}-${width}`);
      await page.getByRole('link', { name: 'orders' }).click();
      await page.getByRole('button', { name: 'Drop orders@1' }).waitFor();
      await expectGoodLook(page, `read-model-${colorScheme}-${width}`);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});

function opened(
  path: string,
  options: Parameters<typeof openConsole>[3] = {},
  prepare?: (page: Page) => Promise<unknown>,
) {
  return openConsole(shop.browser, shop.url, path, options, prepare);
}

async function done(page: Page, action: string, reason?: string): Promise<void> {
  await page.getByRole('button', { name: `${action} products` }).click();
  if (reason !== undefined) await page.getByLabel('Reason').fill(reason);
  await page.locator('dialog[open]').getByRole('button', { name: action }).click();
  await page.getByText(/^The read model is/).waitFor();
  await page.keyboard.press('Escape');
}

/** The reference app has one version of each: the previous one of a release is made up. */
async function twoVersions(page: Page): Promise<void> {
  const lag = { events: 0, seconds: 0 };
  const at = '2026-11-28T08:00:00.000Z';
  const version = {
    ...{ database: 'DB', purpose: 'primary', state: 'live', parked: 0, lag },
    ...{ reason: null, changedAt: at },
  };
  const status = {
    ...{ name: 'orders', version: 2, serving: 2, state: 'live', lag, undelivered: 0, parked: 0 },
    lastError: null,
    generations: [
      { ...version, version: 2, serving: true },
      { ...version, version: 1, serving: false },
    ],
  };
  await page.route('**/v1/projections/orders', (route) => route.fulfill({ json: status }));
}
