/**
 * A deployment without a variable of local development, in a real browser: the order board asks for a key, works with its
 * session, and is closed once the key is revoked. Skips, and says so, where there is no Chromium.
 */
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyText } from '../../../../core/access/key-text.ts';
import { type Served, serveDeployed } from '../../../e2e/support/serve.ts';
import { hasChromium, inColumn, launch, live, place } from './board.ts';

const ADMIN_KEY = keyText(crypto.getRandomValues(new Uint8Array(40)));

let shop: Served;
let browser: Browser;
let origin = '';

/** Below `/v1`. */
async function manage(path: string, data: object): Promise<{ id: string; key: string }> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(data) };
  const response = await fetch(`${origin}/v1${path}`, init);
  expect(response.ok).toBe(true);
  return Object(await response.json());
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe.skipIf(!hasChromium)('TK10 the order board of a deployment', () => {
  beforeAll(async () => {
    const vars = {
      LEDGE_SECRET: 'a secret of thirty-two characters',
      LEDGE_ADMIN: createHash('sha256').update(ADMIN_KEY).digest('hex'),
    };
    shop = await serveDeployed(vars, 'wrangler.toml');
    // A browser takes a cookie that is marked Secure from localhost without TLS.
    origin = `http://localhost:${shop.url.port}`;
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await shop.server.close();
  });

  test('asks for a key, works with it, and ends when it is revoked', async () => {
    await manage('/tenants', { tenant: 'main' });
    const { id, key } = await manage('/keys', {
      principal: 'user:ann',
      roles: ['integration'],
      tenant: 'main',
    });
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(`${origin}/pages/board/`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.screenshot({ path: 'dist/login.png' });

    await signIn(page, 'hunter2');
    await page.getByText('This key is not valid.').waitFor();
    await signIn(page, key);
    await page.waitForURL(`${origin}/pages/board/`);
    await live(page);
    await place(page, { customer: 'ANATR' });
    await inColumn(page, 'placed', 'ANATR').getByRole('button', { name: 'Confirm' }).waitFor();
    await page.screenshot({ path: 'dist/board-signed-in.png' });
    expect(errors).toEqual([]);

    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({
      ...{ name: '__Host-ledge', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
    });
    await page.goto(`${origin}/`);
    expect(new URL(page.url()).pathname).toBe('/console/');

    await manage(`/keys/${id}/revoke`, { reason: 'a test' });
    await page.waitForTimeout(10_000);
    await page.goto(`${origin}/pages/board/`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.close();
  }, 120_000);

  test('TK19 ends for a copy of its cookie, and for its socket, when its page ends it', async () => {
    const given = { principal: 'user:ann', roles: ['integration'], tenant: 'main' };
    const { key } = await manage('/keys', given);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/pages/board/`);
    await signIn(page, key);
    await page.waitForURL(`${origin}/pages/board/`);
    await live(page);
    const [{ name, value } = { name: '', value: '' }] = await context.cookies();
    const copy = { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' };
    const statusOfCopy = async () => (await fetch(`${origin}/v1/me`, { headers: copy })).status;
    expect(await statusOfCopy()).toBe(200);
    const closed = page.evaluate(
      (address) =>
        new Promise<number>((settle) => {
          const socket = new WebSocket(`${address.replace('http', 'ws')}/v1/live`);
          socket.onclose = ({ code }) => settle(code);
          socket.onopen = () => fetch('/v1/sessions', { method: 'DELETE' });
        }),
      origin,
    );
    expect(await closed).toBe(4403);
    expect(await context.cookies()).toEqual([]);
    await page.waitForTimeout(10_000);
    expect(await statusOfCopy()).toBe(401);
    await context.close();
  }, 60_000);

  test('no page of another origin uses the session', async () => {
    const { key } = await manage('/keys', {
      principal: 'user:ann',
      roles: ['integration'],
      tenant: 'main',
    });
    const page = await browser.newPage();
    await page.goto(`${origin}/login`);
    await signIn(page, key);
    await page.waitForURL(`${origin}/console/`);
    // Another port is another origin of the same site: the cookie is sent with its requests.
    await page.route('http://localhost:1/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>stranger</title>' }),
    );
    await page.goto('http://localhost:1/');
    const outcome = await page.evaluate(async (address) => {
      const read = await fetch(`${address}/v1/me`, {
        credentials: 'include',
        mode: 'no-cors',
      }).then(
        () => true,
        () => false,
      );
      const socket = new WebSocket(`${address.replace('http', 'ws')}/v1/live`);
      const opened = await new Promise<boolean>((settle) => {
        socket.onopen = () => settle(true);
        socket.onerror = () => settle(false);
      });
      return { read, opened };
    }, origin);
    expect(outcome).toEqual({ read: false, opened: false });
    await page.close();
  }, 60_000);
});
