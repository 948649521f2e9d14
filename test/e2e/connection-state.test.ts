/**
 * The client in a real browser whose server stops and starts, and on a page that is no secure context. Skips, and says
 * so, where there is no Chromium.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScriptedLedge } from '../node/support/scripted-ledge.ts';
import { Front } from './support/front.ts';
import { serveLedge } from './support/serve.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .concat(process.env.CHROMIUM ?? [])
  .findLast(existsSync);
if (!executablePath) {
  console.warn('The connection state is not tried in a browser: CHROMIUM names none.');
}

const PATIENCE_MS = 20_000;

let browser: Browser;
let code: string;

/** The client as a page has it: one script, which leaves its door in `Ledge`. */
async function bundledClient(): Promise<string> {
  const lib = { entry: 'client/index.ts', formats: ['iife' as const], name: 'Ledge' };
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib },
  });
  const [output] = [result].flat() as Rolldown.RolldownOutput[];
  return output?.output[0].code ?? '';
}

describe.skipIf(!executablePath)('in a browser', () => {
  beforeAll(async () => {
    code = await bundledClient();
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox', '--host-resolver-rules=MAP till.example 127.0.0.1'],
    });
  }, 120_000);
  afterAll(() => browser.close());

  test('U16 the connection has the right status while the server hangs, stops and starts, and offline', async () => {
    await using front = await Front.start();
    let ledge = await serveLedge();
    front.to(ledge.url);
    const page = await pageAt(front.url);
    await page.evaluate(followOrders);
    await comesTo(page, 'live');

    front.hang();
    const hungMs = Date.now();
    await comesTo(page, 'reconnecting');
    console.log(`A server that hangs is noticed after ${Date.now() - hungMs} ms.`);
    expect(Date.now() - hungMs).toBeLessThan(16_000);
    front.to(ledge.url);
    await comesTo(page, 'live');

    const stoppedMs = Date.now();
    front.stop();
    await ledge.server.close();
    await comesTo(page, 'reconnecting');
    console.log(`A server that stops is noticed within ${Date.now() - stoppedMs} ms.`);
    const { currentAt } = await stateIn(page);
    expect(currentAt).toBeLessThanOrEqual(stoppedMs + 1_000);

    ledge = await serveLedge();
    front.to(ledge.url);
    await comesTo(page, 'live');
    await place(front.url, 'after-the-stop');
    await page.waitForFunction('window.rows.some(({ order }) => order === "after-the-stop")');

    await page.context().setOffline(true);
    await comesTo(page, 'offline');
    await page.context().setOffline(false);
    await comesTo(page, 'live');
    const { statuses } = await stateIn(page);
    expect(new Set(statuses)).toEqual(new Set(['connecting', 'live', 'reconnecting', 'offline']));
    await page.close();
    await ledge.server.close();
  }, 180_000);

  test('U31 a page over plain http that is not localhost has keys', async () => {
    const keys: (string | undefined)[] = [];
    await using ledge = await ScriptedLedge.start(({ method, path }) => {
      if (method === 'GET') return { html: '<!doctype html><title>Till</title>' };
      keys.push(path);
      return { body: { outcome: 'accepted', token: 'order/o-1@1' } };
    });
    const page = await pageAt(ledge.url.replace('127.0.0.1', 'till.example'));
    const found = await page.evaluate(async () => {
      const { Ledge, location, isSecureContext } = Object(globalThis);
      const client = Ledge.createClient({ url: location.origin });
      const { outcome } = await client.order('o-1').confirmOrder();
      return { outcome, isSecureContext, hasUuids: 'randomUUID' in crypto };
    });
    expect(found).toEqual({ outcome: 'accepted', isSecureContext: false, hasUuids: false });
    expect(keys).toEqual(['/v1/commands/order/o-1/ConfirmOrder']);
    await page.close();
  });
});

async function pageAt(url: string): Promise<Page> {
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  await page.addScriptTag({ content: code });
  return page;
}

/** Runs in the page. */
function followOrders(): void {
  const page = Object(globalThis);
  const client = page.Ledge.createClient({ url: page.location.origin });
  const statuses = [client.connection.status];
  client.onConnection(({ status }: { status: string }) => statuses.push(status));
  Object.assign(page, { client, statuses, rows: [] });
  client.live('orders', {}, (rows: unknown) => Object.assign(page, { rows }));
}

function stateIn(page: Page): Promise<{ statuses: string[]; currentAt: number }> {
  return page.evaluate(
    '({ statuses: window.statuses, currentAt: window.client.connection.currentAt?.getTime() })',
  );
}

async function comesTo(page: Page, status: string): Promise<void> {
  await page.waitForFunction(`window.client.connection.status === '${status}'`);
}

async function place(url: string, order: string): Promise<void> {
  const line = { product: 'chai', quantity: 1, unitCents: 1_800, discountBp: 0 };
  const cart = { customer: 'ann', country: 'Peru', channel: 'phone', lines: [line] };
  const response = await fetch(new URL(`/v1/commands/order/${order}/PlaceOrder`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(cart),
  });
  expect(response.status).toBe(200);
}
