/**
 * The socket of a Ledge that asks for credentials, opened by a real browser, which sends no header of the page's with it
 * and closes what chose no subprotocol. Skips, and says so, where there is no Chromium.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveEmbedded } from './support/serve.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .concat(process.env.CHROMIUM ?? [])
  .findLast(existsSync);
if (!executablePath) console.warn('Guarded sockets are not tried: CHROMIUM names no browser.');

/** Of any text that a header takes: no subprotocol carries it. */
const TOKEN = 'session/1=(two), "three"';

let bank: Served;
let browser: Browser;

describe.skipIf(!executablePath)('PR9 in a browser', () => {
  beforeAll(async () => {
    bank = await serveEmbedded(TOKEN);
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox'],
    });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await bank.server.close();
  });

  test('a ticket opens one socket, and no second one', async () => {
    const ticket = await ticketFor(TOKEN);
    expect(await socketOf(['ledge.live', `ledge.ticket.${ticket}`])).toBe('ledge.live: snapshot');
    expect(await socketOf(['ledge.live', `ledge.ticket.${ticket}`])).toBe('refused');
  });

  test.each([
    ['a forged one is refused', ['ledge.live', 'ledge.ticket.e30.AAAA']],
    ['so is none', []],
  ])('%s', async (_what, subprotocols) => {
    expect(await socketOf(subprotocols)).toBe('refused');
  });

  test('another token gets none', async () => {
    expect(await ticketFor('another')).toBeUndefined();
  });
});

/** As a page of the bank asks for it. */
async function ticketFor(token: string): Promise<string | undefined> {
  const page = await browser.newPage();
  await page.goto(bank.url.origin);
  const ticket = await page.evaluate(async (bearer) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const response = await fetch('/ledge/v1/live/tickets', { method: 'POST', headers });
    const { ticket: issued } = Object(await response.json());
    return issued;
  }, token);
  await page.close();
  return ticket;
}

/** What becomes of a socket that the bank's own page opens: its subprotocol and the first frame, or `refused`. */
async function socketOf(subprotocols: string[]): Promise<string> {
  const page = await browser.newPage();
  await page.goto(bank.url.origin);
  const outcome = await page.evaluate(
    ({ url, offered }) =>
      new Promise<string>((settle) => {
        const socket = new WebSocket(url, offered);
        socket.onerror = () => settle('refused');
        socket.onmessage = ({ data }) => settle(`${socket.protocol}: ${JSON.parse(data).type}`);
        socket.onopen = () =>
          socket.send(JSON.stringify({ type: 'subscribe', id: 'a', query: 'balances' }));
      }),
    { url: `${bank.url.origin.replace('http', 'ws')}/ledge/v1/live`, offered: subprotocols },
  );
  await page.close();
  return outcome;
}
