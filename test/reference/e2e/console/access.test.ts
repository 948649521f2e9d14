/** The console's screen of access, over a server that issues keys, in a browser. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { hasChromium, useBrowser } from '../../../e2e/support/browser.ts';
import { serveLedge } from '../../../e2e/support/serve.ts';
import { tabTo } from './keyboard.ts';
import { expectGoodLook, looks } from './looks.ts';
import { openConsole } from './open-console.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';

/** With the secret that keys are made with, which local development has not by itself. */
const shop = useBrowser(undefined, () =>
  serveLedge('wrangler.toml', { LEDGE_SECRET: 'a secret of thirty-two characters' }),
);

describe.skipIf(!hasChromium)('the console’s access', () => {
  test('CO35 by keyboard alone a key is issued, shown once, and revoked; it opens the API until then', async () => {
    const { page, complaints } = await opened('/console/access');
    await tabTo(page, 'Issue a key …');
    await page.getByLabel('Principal').fill('service:till');
    await page.getByLabel('Roles').fill('monitor, operator');
    await page.getByLabel('Note').fill(HOSTILE);
    await tabTo(page, 'Issue a key …');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open] summary').click();
    const [, line] = await page.locator('dialog[open] pre').allTextContents();
    expect(line).toContain('ledge access keys create --for service:till --roles monitor operator');
    await tabTo(page, 'Issue a key');
    await page.keyboard.press('Enter');
    await page.getByText('Shown this once').waitFor();
    const key = String(await page.locator('dialog[open] [role=status] pre').textContent());
    expect((await asked(key)).status).toBe(200);
    await page.keyboard.press('Escape');
    const row = page.getByRole('row', { name: /service:till monitor, operator active no end/ });
    await row.locator('bdi').getByText(HOSTILE).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.getByText(key).count()).toBe(0);

    await row.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByLabel('Reason').fill('lost');
    await page.locator('dialog[open]').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The key is revoked.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /service:till monitor, operator revoked/ }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('CO36 the audit of the day has what was asked for, its outcome and its reason', async () => {
    const { page } = await opened('/console/access/audit');
    await page.getByRole('row', { name: /\/revoke on .*Reason: lost/ }).waitFor();
    await page
      .getByRole('row', { name: /done with status 200/ })
      .first()
      .waitFor();
    await page.getByLabel('Day').fill('2020-02-02');
    await page.getByText('No operation was done on this day.').waitFor();
    expect(new URL(page.url()).search).toBe('?day=2020-02-02');
    await page.close();
  });

  test('CO37 without the role of an administrator no key is made, and the role is named', async () => {
    const { page } = await openConsole(shop.browser, shop.url, '/console/access', {}, (one) =>
      one.route('**/v1/me', (route) =>
        route.fulfill({ json: { id: 'user:ann', tenant: 'main', roles: ['operator'], may: [] } }),
      ),
    );
    await page.getByText('needs admin').first().waitFor();
    expect(await page.getByRole('button', { name: /^Issue a key/ }).isDisabled()).toBe(true);
    await page.close();
  });

  test.each(looks)(
    'CO38 axe finds nothing, and nothing is out of sight, in %s at %i px',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const { page } = await openConsole(shop.browser, shop.url, '/console/access', options);
      await page.getByRole('row', { name: /service:till/ }).waitFor();
      await expectGoodLook(page, `access-${colorScheme}-${width}`);
      await page.getByRole('link', { name: 'Audit' }).click();
      await page
        .getByRole('row', { name: /done with status/ })
        .first()
        .waitFor();
      await expectGoodLook(page, `audit-${colorScheme}-${width}`);
      await page.close();
    },
  );
});

function opened(path: string): Promise<{ page: Page; complaints: readonly string[] }> {
  return openConsole(shop.browser, shop.url, path);
}

function asked(key: string): Promise<Response> {
  return fetch(new URL('/v1/me', shop.url), { headers: { authorization: `Bearer ${key}` } });
}
