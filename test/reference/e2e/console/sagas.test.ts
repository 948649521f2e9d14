/** The console's screen of sagas, over a server with real ones, in a browser. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { hasChromium, useShop } from '../pages/board.ts';
import { tabTo } from './keyboard.ts';
import { expectGoodLook, looks } from './looks.ts';
import { openConsole } from './open-console.ts';
import { bringToAttention, placeAndWait, placeWebOrder, stock } from './web-orders.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';

let attention: Promise<unknown>;

const shop = useShop(async (url) => {
  await stock(url, 10);
  // An operator is needed after six attempts, which takes half a minute: the first tests run meanwhile.
  attention = Promise.all(['stuck', 'skipped'].map((id) => bringToAttention(url, id)));
  await Promise.all(['waits', 'cancelled'].map((id) => placeAndWait(url, id)));
});

describe.skipIf(!hasChromium)('the console’s sagas', () => {
  test('CO20 lists them by status, and one has its commands, deadline, state and history', async () => {
    const { page, complaints } = await opened('/console/sagas');
    await page.getByText('4 sagas').waitFor();
    await page.getByRole('combobox', { name: 'Status' }).selectOption('completed');
    await page.getByText('No saga has this status').waitFor();
    expect(new URL(page.url()).search).toBe('?status=completed');
    await page.getByRole('combobox', { name: 'Status' }).selectOption('running');
    await page.getByRole('link', { name: 'fulfilment/waits' }).click();
    await page.getByRole('heading', { name: 'fulfilment/waits' }).waitFor();
    await page.getByText(/^pay in 1[45] min/).waitFor();
    const shown = await seconds(page);
    await expect.poll(() => seconds(page)).toBeLessThan(shown);
    const commands = page.getByRole('list', { name: 'Commands of the saga' });
    await commands.getByText(/^ReserveStock to product\/tea reserve\/0/).waitFor();
    await commands.getByText(/^RequestPayment to payment\/waits pay\/0/).waitFor();
    const stream = commands.getByRole('link', { name: 'product/tea' });
    expect(await stream.getAttribute('href')).toBe('/console/streams/product/tea');
    const history = page.getByRole('list', { name: 'Events of the saga' });
    await history.getByText(/Received OrderPlaced of order\/waits@1/).waitFor();
    await page.getByRole('region', { name: 'State of the saga' }).getByText('"waits"').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('CO21 by keyboard alone a saga is cancelled with a reason; its compensation is marked, and the history names the operator', async () => {
    const { page } = await opened('/console/sagas?status=running');
    await page.getByRole('link', { name: 'fulfilment/cancelled' }).waitFor();
    await tabTo(page, 'fulfilment/cancelled');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Cancel saga' }).waitFor();
    await tabTo(page, 'Cancel saga …');
    await page.keyboard.press('Enter');
    await page.keyboard.type('the customer has died');
    await tabTo(page, 'Cancel saga');
    await page.keyboard.press('Enter');
    await page.getByText(/^The saga is now compensat/).waitFor();
    await page.keyboard.press('Escape');
    const undone = page.locator('.steps > [data-compensation=true]', { hasText: 'ReleaseStock' });
    await undone.getByText('accepted', { exact: true }).waitFor();
    await page.getByText(/cancel\s+by local-developer: the customer has died/).waitFor();
    expect(await page.getByRole('button', { name: 'Cancel saga' }).count()).toBe(0);
    await page.close();
  });

  test('CO24 hostile text is shown as text', async () => {
    await placeWebOrder(shop.url, 'hostile');
    const { page, complaints } = await opened('/console/sagas/fulfilment/hostile');
    await page.getByRole('button', { name: 'Cancel saga' }).click();
    await page.getByLabel('Reason').fill(HOSTILE);
    await page.locator('dialog[open]').getByRole('button', { name: 'Cancel saga' }).click();
    await page.getByText(/^The saga is now compensat/).waitFor();
    await page.keyboard.press('Escape');
    const shown = page.getByRole('list', { name: 'Events of the saga' }).locator('p bdi');
    await shown.getByText(HOSTILE).first().waitFor();
    expect(await page.title()).toBe('Sagas · Ledge');
    expect(await page.locator('main img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(looks)(
    'CO23 axe finds nothing, and nothing is out of sight, in %s at %i px',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const { page, complaints } = await opened('/console/sagas', options);
      await page.getByRole('link', { name: 'fulfilment/cancelled' }).waitFor();
      await expectGoodLook(page, `sagas-${colorScheme}-${width}`);
      await page.goto(new URL('/console/sagas/fulfilment/cancelled', shop.url).href);
      await page.getByText('compensation').first().waitFor();
      await expectGoodLook(page, `saga-cancelled-${colorScheme}-${width}`);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('CO22 what needs an operator has its reason, and is skipped or retried, by the effect’s name', async () => {
    await attention;
    const { page } = await opened('/console/sagas/fulfilment/skipped');
    await page.getByText(/^Needs an operator: /).waitFor();
    await page.getByRole('button', { name: 'Retry ship/0' }).click();
    await page.locator('dialog[open] summary').click();
    const shown = await page.locator('dialog[open] pre').allTextContents();
    expect(shown.at(-1)).toBe(`ledge sagas retry fulfilment skipped ship/0 --reason ''`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Skip ship/0' }).click();
    await page.getByLabel('Reason').fill('sent from another warehouse');
    await page.locator('dialog[open]').getByRole('button', { name: 'Skip' }).click();
    await page.getByText('The saga is now completed.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(/skip ship\/0 by local-developer: sent from/).waitFor();
    await page.close();
  });

  test('CO22 without the grant the actions are disabled and name it', async () => {
    const narrow = { colorScheme: 'dark', viewport: { width: 390, height: 900 } } as const;
    const { page } = await opened('/console/sagas/fulfilment/stuck', narrow, async (context) => {
      const me = { id: 'user:ann', tenant: 'main', roles: [], may: ['inspect sagas'] };
      await context.route('**/v1/me', (route) => route.fulfill({ json: me }));
    });
    await page.getByRole('button', { name: 'Retry ship/0' }).waitFor();
    await expectGoodLook(page, 'saga-dark-390');
    for (const name of ['Retry', 'Skip', 'Resolve', 'Cancel saga']) {
      expect(await page.getByRole('button', { name }).isDisabled()).toBe(true);
    }
    expect(await page.getByText('needs operate sagas').count()).toBe(4);
    await page.close();
  });
});

function opened(
  path: string,
  options: Parameters<typeof openConsole>[3] = {},
  prepare?: (page: Page) => Promise<unknown>,
) {
  return openConsole(shop.browser, shop.url, path, options, prepare);
}

/** Of the deadline that is counted down. */
async function seconds(page: Page): Promise<number> {
  const text = await page.getByText(/^pay in/).textContent();
  const [, minutes = '0', rest = '0'] = /(\d+) min (\d+) s/.exec(text ?? '') ?? [];
  return 60 * Number(minutes) + Number(rest);
}
