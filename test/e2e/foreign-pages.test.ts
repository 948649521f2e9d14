/**
 * Pages in a real browser against a local server: one of another origin, one under a name that only a stranger's name
 * server leads here, and one of the server's own. Skips, and says so, where there is no Chromium.
 */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveLedge } from './support/serve.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .concat(process.env.CHROMIUM ?? [])
  .findLast(existsSync);
if (!executablePath) console.warn('Foreign pages are not tried: CHROMIUM names no browser.');

const REBOUND = 'rebind.attacker.example';

let ledge: Served;
let browser: Browser;
let stranger: Server;

describe.skipIf(!executablePath)('a page in a browser', () => {
  beforeAll(async () => {
    ledge = await serveLedge();
    stranger = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Stranger</title>');
    });
    await new Promise<void>((listening) => stranger.listen(0, '127.0.0.1', listening));
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox', `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`],
    });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await new Promise((closed) => stranger.close(closed));
    await ledge.server.close();
  });

  test('H38 of another origin is refused the socket, the stream and the rows', async () => {
    const page = await opened(strangerUrl());
    expect(await waysIn(page, ledge.url.origin)).toEqual({
      ...{ socket: 'refused', stream: 'refused', rows: 'refused', command: 'refused' },
    });
    await page.close();
  });

  test('H39 under a name that a stranger’s name server leads here is refused everything', async () => {
    const page = await opened(`http://${REBOUND}:${ledge.url.port}/pages/board/`);
    expect(await page.textContent('body')).toContain('LEDGE_DEV_HOSTS');
    expect(await waysIn(page, `http://${REBOUND}:${ledge.url.port}`)).toEqual({
      ...{ socket: 'refused', stream: 'refused', rows: 'refused', command: 'refused' },
    });
    await page.close();
  });

  test('H38 of the server’s own origin gets all of them', async () => {
    const page = await opened(`${ledge.url.origin}/pages/board/`);
    expect(await waysIn(page, ledge.url.origin)).toEqual({
      ...{ socket: 'open', stream: 'open', rows: 'open', command: 'open' },
    });
    await page.close();
  });
});

async function opened(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

function strangerUrl(): string {
  const address = stranger.address();
  if (address === null || typeof address === 'string')
    throw new Error('The server listens on a port.');
  return `http://127.0.0.1:${address.port}/`;
}

/** Each way in that a page has, tried from the page. */
function waysIn(page: Page, origin: string) {
  return page.evaluate(async (server) => {
    const socket = await new Promise<string>((settle) => {
      const opening = new WebSocket(`${server.replace('http', 'ws')}/v1/live`);
      opening.onopen = () => {
        settle('open');
        opening.close();
      };
      opening.onerror = () => settle('refused');
    });
    const stream = await new Promise<string>((settle) => {
      const opening = new EventSource(`${server}/v1/live/products`);
      opening.onopen = () => {
        settle('open');
        opening.close();
      };
      opening.onerror = () => {
        settle('refused');
        opening.close();
      };
    });
    const asked = (path: string, init: RequestInit) =>
      fetch(`${server}${path}`, init).then(
        ({ ok }) => (ok ? 'open' : 'refused'),
        () => 'refused',
      );
    const rows = await asked('/v1/queries/products', {});
    const command = await asked('/v1/commands/product/page/RegisterProduct', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Page', priceCents: 1 }),
    });
    return { socket, stream, rows, command };
  }, origin);
}
