/** The console's screen of queries, over a server with an order book, in a browser. */
import { describe, expect, test } from 'vitest';
import { hasChromium, orderCommands, sendAll, useShop } from '../pages/board.ts';
import { expectGoodLook, looks } from './looks.ts';
import { openConsole, patient } from './open-console.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';

const shop = useShop(async (url) => {
  for (let order = 1; order <= 5; order++) {
    await sendAll(url, orderCommands(`o-${order}`, order % 2 === 0 ? 'BERGS' : 'ANATR'));
  }
  const data = { name: HOSTILE, priceCents: 100 };
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const path = '/v1/commands/product/hostile/RegisterProduct';
  await fetch(new URL(path, url), { ...init, body: JSON.stringify(data) });
});

describe.skipIf(!hasChromium)('the console’s queries', () => {
  test('CO39 the rows of a list are filtered, sorted and paged by its parameters, which are the address; what is new appears', async () => {
    const { page, complaints } = await opened('/console/queries/orders');
    await page.getByRole('row', { name: /o-5/ }).waitFor();
    await page.getByLabel('Add a parameter').selectOption('customer');
    await page.getByLabel('customer', { exact: true }).fill('ANATR');
    await page.getByLabel('Add a parameter').selectOption('limit');
    await page.getByLabel('limit', { exact: true }).fill('2');
    await expect.poll(() => orders(page), patient).toEqual(['o-1', 'o-3']);
    expect(new URL(page.url()).search).toBe('?customer=ANATR&limit=2');
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect.poll(() => orders(page), patient).toEqual(['o-5']);
    await sendAll(shop.url, orderCommands('o-7', 'ANATR'));
    await page.getByRole('row', { name: /o-7/ }).waitFor();
    await page.reload();
    await page.getByRole('row', { name: /o-7/ }).waitFor();
    expect(await orders(page)).toEqual(['o-5', 'o-7']);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('CO39 what the API refuses is shown with its reason', async () => {
    const { page } = await opened('/console/queries/orders?limit=none');
    await page.getByRole('alert').getByText('limit').first().waitFor();
    await page.close();
  });

  test.each(looks)(
    'CO40 axe finds nothing, nothing is out of sight, and hostile text is text, in %s at %i px',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const { page } = await opened('/console/queries/products?count=true', options);
      await page.locator('td bdi').getByText(HOSTILE).waitFor();
      expect(await page.locator('main img').count()).toBe(0);
      await expectGoodLook(page, `queries-${colorScheme}-${width}`);
      await page.close();
    },
  );
});

function opened(path: string, options: Parameters<typeof openConsole>[3] = {}) {
  return openConsole(shop.browser, shop.url, path, options);
}

type ConsolePage = Awaited<ReturnType<typeof openConsole>>['page'];

/** The first column of the rows. */
function orders(page: ConsolePage): Promise<string[]> {
  return page.locator('tbody tr td:first-child').allTextContents();
}
