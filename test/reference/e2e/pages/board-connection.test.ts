/** The order board without its server: it shows since when its orders are not current, and keeps pending commands. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lowContrasts } from '../../../e2e/support/contrast.ts';
import { type RestartableServer, restartableServer } from '../restartable.ts';
import {
  countOf,
  expectCount,
  hasChromium,
  inColumn,
  launch,
  live,
  openBoard,
  orderCommands,
  place,
  sendAll,
} from './board.ts';

/** A lost socket is noticed at once, a silent network by the client's pings. */
const NOTICED_MS_MAX = 20_000;
const CLOCK = String.raw`\d\d:\d\d:\d\d`;

let server: RestartableServer;
let browser: Browser;

describe.skipIf(!hasChromium)('the order board without its server', () => {
  beforeAll(async () => {
    server = await restartableServer();
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  test('OB4 while the server is stopped the board shows since when, and the waiting commands; after its start everything arrives', async () => {
    await sendAll(server.url, orderCommands('o-1', 'ANATR'));
    const page = await openBoard(browser, server.url);
    await inColumn(page, 'placed', 'ANATR').waitFor();
    await server.stop();
    await expectStatus(
      page,
      `^The server has not answered since ${CLOCK}. The orders are as of ${CLOCK}.$`,
    );
    await place(page, { customer: 'BERGS' });
    await inColumn(page, 'placed', 'BERGS').getByText('Waits to be sent').waitFor();
    await expectStatus(page, '1 change waits to be sent.$');
    await inColumn(page, 'placed', 'ANATR').getByRole('button', { name: 'Confirm' }).click();
    await expectStatus(page, '2 changes wait to be sent.$');
    expect(await lowContrasts(page)).toEqual([]);
    await server.start();
    await live(page);
    await inColumn(page, 'placed', 'BERGS').getByRole('button', { name: 'Confirm' }).waitFor();
    await inColumn(page, 'confirmed', 'ANATR').getByRole('button', { name: 'Ship' }).waitFor();
    expect(await countOf(page, 'placed').textContent()).toBe('1');
    await page.close();
  }, 120_000);

  test('OB5 a window without a network shows that, with the time, until the network is back', async () => {
    const page = await openBoard(browser, server.url);
    await page.context().setOffline(true);
    await expectStatus(page, `^Offline since ${CLOCK}. The orders are as of ${CLOCK}.$`);
    await sendAll(server.url, orderCommands('o-3', 'CHOPS'));
    await page.context().setOffline(false);
    await live(page);
    await inColumn(page, 'placed', 'CHOPS').waitFor();
    await page.close();
  });

  test('OB8 an order that is placed without a network survives a reload, waits apart, and is sent once', async () => {
    const page = await openBoard(browser, server.url);
    const before = Number(await countOf(page, 'placed').textContent());
    const api = await apiOf(page.context());
    await page.context().setOffline(true);
    await expectStatus(page, '^Offline');
    await place(page, { customer: 'DRACD' });
    await waitsWithoutButtons(page, 'DRACD');
    expect(await page.getByLabel('Customer').inputValue()).toBe('');
    api.isDown = true;
    await page.context().setOffline(false);
    await page.reload();
    await waitsWithoutButtons(page, 'DRACD');
    api.isDown = false;
    await inColumn(page, 'placed', 'DRACD').getByRole('button', { name: 'Confirm' }).waitFor();
    expect(await page.locator('li', { hasText: 'DRACD' }).count()).toBe(1);
    await expectCount(page, 'placed', String(before + 1));
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.close();
  }, 120_000);

  test('OB8 without storage in the browser the board works, and waiting commands are sent while it is open', async () => {
    const page = await openBoard(browser, server.url);
    await page.addInitScript(() => {
      const get = () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      };
      Object.defineProperty(window, 'localStorage', { get });
    });
    await page.reload();
    await live(page);
    await page.context().setOffline(true);
    await expectStatus(page, '^Offline');
    await place(page, { customer: 'EASTC' });
    await waitsWithoutButtons(page, 'EASTC');
    await page.context().setOffline(false);
    await inColumn(page, 'placed', 'EASTC').getByRole('button', { name: 'Confirm' }).waitFor();
    await page.close();
  });

  test('OB9 a confirmation that waits leaves the order in its column, without buttons, after a reload too', async () => {
    await sendAll(server.url, orderCommands('o-4', 'ERNSH'));
    const page = await openBoard(browser, server.url);
    const card = inColumn(page, 'placed', 'ERNSH');
    await card.waitFor();
    const api = await apiOf(page.context());
    await page.context().setOffline(true);
    await expectStatus(page, '^Offline');
    await card.getByRole('button', { name: 'Confirm' }).click();
    await card.getByText('The confirmation waits to be sent').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
    api.areCommandsDown = true;
    await page.context().setOffline(false);
    await page.reload();
    await card.getByText('Sending …').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
    api.areCommandsDown = false;
    await inColumn(page, 'confirmed', 'ERNSH').getByRole('button', { name: 'Ship' }).waitFor();
    await page.close();
  });

  test('OB9 a waiting command that is finally rejected is reported, with the reason', async () => {
    await sendAll(server.url, orderCommands('o-5', 'FOLKO'));
    const page = await openBoard(browser, server.url);
    await page.context().setOffline(true);
    await expectStatus(page, '^Offline');
    await inColumn(page, 'placed', 'FOLKO').getByRole('button', { name: 'Confirm' }).click();
    const [, cancel] = orderCommands('o-5', 'FOLKO', 'cancelled');
    if (cancel) await sendAll(server.url, [cancel]);
    await page.context().setOffline(false);
    await page
      .getByRole('alert')
      .getByText('The confirmation of FOLKO (o-5) was refused: the order is already cancelled.')
      .waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByText('was refused').count()).toBe(0);
    await page.close();
  });
});

async function expectStatus(page: Page, pattern: string): Promise<void> {
  await expect
    .poll(() => page.getByRole('status').textContent(), { timeout: NOTICED_MS_MAX })
    .toMatch(new RegExp(pattern));
}

async function waitsWithoutButtons(page: Page, customer: string): Promise<void> {
  const card = page.locator('[aria-label="Not accepted yet"] li', { hasText: customer });
  await card.getByText('Waits to be sent').waitFor();
  expect(await card.getByRole('button').count()).toBe(0);
}

interface Api {
  isDown: boolean;
  areCommandsDown: boolean;
}

/** The API, or its commands alone, can be cut off while the page itself is still served. */
async function apiOf(context: BrowserContext): Promise<Api> {
  const api = { isDown: false, areCommandsDown: false };
  await context.route('**/v1/**', (route) => {
    const isCommand = route.request().method() === 'POST';
    return api.isDown || (isCommand && api.areCommandsDown) ? route.abort() : route.continue();
  });
  await context.routeWebSocket('**/v1/**', (socket) => {
    if (api.isDown) void socket.close({ code: 1013 });
    else socket.connectToServer();
  });
  return api;
}
