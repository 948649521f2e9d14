/** The console's shell and its overview, over a server with an order book, in a browser. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, launch, orderCommands, sendAll } from '../pages/board.ts';
import { type RestartableServer, restartableServer } from '../restartable.ts';
import { accessibilityFaults, type OpenConsole, openConsole, patient } from './open-console.ts';

const START_MS_MAX = 120_000;
const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';

let server: RestartableServer;
let browser: Awaited<ReturnType<typeof launch>>;

describe.skipIf(!hasChromium)('the console', () => {
  beforeAll(async () => {
    server = await restartableServer();
    browser = await launch();
    await sendAll(server.url, [
      ...orderCommands('o-1', 'ANATR'),
      ...orderCommands('o-2', 'BERGS', 'shipped'),
    ]);
  }, START_MS_MAX);
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  }, START_MS_MAX);

  test('CO2 shows what needs an operator, projections with their lag, databases and queues, and asks its own origin alone', async () => {
    const { page, complaints, origins } = await opened();
    await page.getByText('Nothing: no alert').waitFor();
    await page.getByRole('row', { name: /^orders live 1 none/ }).waitFor();
    await page.getByRole('img', { name: /^Lag of orders in events: 0/ }).waitFor();
    await page.getByRole('row', { name: /^DB .*(of 10\.0 GB|not known here)/ }).waitFor();
    await page.getByRole('row', { name: /^EVENTS 0/ }).waitFor();
    await page.getByText('local-developer').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    expect(origins).toEqual(new Set([server.url.origin]));
    await page.close();
  });

  test('CO2 asks for five answers in five seconds', async () => {
    const { page } = await opened();
    await page.getByText('Nothing: no alert').waitFor();
    await page.waitForLoadState('networkidle');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await expect.poll(() => asked.filter((path) => path === '/v1/me').length, patient).toBe(2);
    const paths = ['/v1/dead-letters', '/v1/me', '/v1/projections', '/v1/sagas', '/v1/status'];
    expect([...new Set(asked)].sort()).toEqual(paths);
    expect(asked.length).toBeLessThanOrEqual(2 * paths.length);
    await page.close();
  });

  test.each([
    ['light', 1_280],
    ['dark', 1_280],
    ['light', 390],
    ['dark', 390],
  ] as const)('CO3 axe-core finds nothing in %s at %i px', async (colorScheme, width) => {
    const viewport = { width, height: 900 };
    const { page, complaints } = await opened({ colorScheme, viewport }, attention);
    const cancel = page.getByRole('button', { name: 'Cancel saga fulfilment/o-1' });
    await cancel.waitFor();
    // A card has the heads of its columns in its name.
    await page.getByRole('row', { name: /^(Projection )?orders (State )?live/ }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const overflow = () => document.documentElement.scrollWidth - innerWidth;
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `dist/console-${colorScheme}-${width}.png`, fullPage: true });
    await cancel.click();
    await page.locator('dialog[open] summary').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.screenshot({ path: `dist/console-action-${colorScheme}-${width}.png` });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Go to' }).click();
    await page.getByRole('option', { name: 'order PlaceOrder' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.screenshot({ path: `dist/console-palette-${colorScheme}-${width}.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('CO4 by keyboard alone an action asks for its reason, shows the same as curl and command line, and the problem when it fails', async () => {
    const { page } = await opened({}, attention);
    const cancel = page.getByRole('button', { name: 'Cancel saga fulfilment/o-1' });
    await cancel.waitFor();
    await tabTo(page, 'Cancel saga …');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Cancel saga fulfilment/o-1' }).waitFor();
    expect(await focused(page)).toBe('INPUT ');
    await page.keyboard.type("it's a test");
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const shown = await page.locator('dialog[open] pre').allTextContents();
    expect(shown).toEqual([
      expect.stringContaining(`${server.url.origin}/v1/sagas/fulfilment/o-1/cancel`),
      `ledge sagas cancel fulfilment o-1 --reason 'it'\\''s a test'`,
    ]);
    expect(shown[0]).toContain(`-d '{"reason":"it'\\''s a test"}'`);
    await tabTo(page, 'Cancel saga');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('BUTTON Cancel saga …');
    await page.close();
  });

  test('CO4 an action that succeeds says what it did', async () => {
    const { page } = await opened({}, attention);
    await page.getByRole('button', { name: 'Redrive all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive all' }).click();
    await page.getByText('0 dead letters tried, 0 parked again.').waitFor();
    await page.close();
  });

  test('CO5 without the grant an action is disabled and says which grant it needs', async () => {
    const { page } = await opened({}, async (context) => {
      await attention(context);
      await answerWith(context, '**/v1/me', {
        ...{ id: 'user:ann', tenant: 'main', roles: ['viewer'], claims: {}, expiresAt: null },
        may: ['inspect sagas', 'inspect dead-letters', 'operate dead-letters'],
      });
    });
    const cancel = page.getByRole('button', { name: 'Cancel saga fulfilment/o-1' });
    await cancel.waitFor();
    expect(await cancel.isDisabled()).toBe(true);
    await page.getByText('needs operate sagas').waitFor();
    expect(await page.getByRole('button', { name: 'Redrive all' }).isEnabled()).toBe(true);
    await page.close();
  });

  test('CO6 the palette leads by keyboard to a screen, and to a query', async () => {
    const { page } = await opened({}, undefined, '/console/nothing/here');
    await page.getByRole('heading', { name: 'There is no such screen' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('overview');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('sales-by-day');
    await page.getByRole('option', { name: 'sales-by-day' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/queries\/sales-by-day$/);
    await page.getByRole('heading', { name: 'Queries' }).waitFor();
    await page.close();
  });

  test('CO7 hostile text and right-to-left text are shown as text', async () => {
    const { page, complaints } = await opened({}, attention);
    await page.getByRole('button', { name: 'Redrive all' }).waitFor();
    expect(await page.locator('bdi', { hasText: 'evil' }).allTextContents()).toEqual([
      HOSTILE,
      HOSTILE,
    ]);
    expect(await page.title()).toBe('Overview · Ledge');
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test(
    'CO8 while the server is stopped the console says so and how old its data is; after its start it is live',
    async () => {
      const { page } = await opened();
      const connection = page.locator('.connection');
      await page.getByRole('row', { name: /^orders live/ }).waitFor();
      await server.stop();
      await connection.getByText(/^Reconnecting since \d\d:\d\d:\d\d$/).waitFor();
      await connection.getByText(/data ([3-9]|\d\d) s old/).waitFor();
      expect(await page.getByRole('row', { name: /^orders live/ }).count()).toBe(1);
      await page.context().setOffline(true);
      await server.start();
      await connection.getByText(/^Offline since/).waitFor();
      await page.context().setOffline(false);
      await connection.getByText('Live', { exact: true }).waitFor();
      await page.close();
    },
    START_MS_MAX,
  );
});

function opened(
  options: Parameters<typeof openConsole>[3] = {},
  prepare?: (page: Page) => Promise<unknown>,
  path?: string,
): Promise<OpenConsole> {
  return openConsole(browser, server.url, path, options, prepare);
}

/** A saga and a dead letter with hostile text, which this shop does not bring about by itself. */
async function attention(page: Page): Promise<void> {
  const at = '2026-11-28T08:00:00.000Z';
  await answerWith(page, '**/v1/sagas?*', {
    rows: [
      {
        ...{ saga: 'fulfilment', id: 'o-1', status: 'attention', reason: HOSTILE },
        ...{ definition: 1, version: 3, correlationId: 'c-1', startedAt: at, changedAt: at },
      },
    ],
    count: 1,
  });
  await answerWith(page, '**/v1/dead-letters?*', {
    deadLetters: [
      {
        ...{ id: 'orders@1/order/o-1@2', generation: 'orders@1', stream: 'order/o-1' },
        ...{ version: 2, type: 'OrderConfirmed', error: HOSTILE, attempts: 3, status: 'parked' },
        ...{ parkedAt: at, resolvedAt: null, actor: null, reason: null },
      },
    ],
  });
}

function answerWith(page: Page, address: string, answer: unknown): Promise<unknown> {
  return page.route(address, (route) => route.fulfill({ json: answer }));
}

async function tabTo(page: Page, text: string): Promise<void> {
  await expect
    .poll(async () => {
      await page.keyboard.press('Tab');
      return focused(page);
    }, patient)
    .toBe(`BUTTON ${text}`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { tagName = '', textContent = '' } = document.activeElement ?? {};
    return `${tagName} ${textContent}`;
  });
}
