/** The order board in a browser, for the tests of this folder. They skip, and say so, where there is no Chromium. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { useBrowser } from '../../../e2e/support/browser.ts';
import { serveReference } from '../serve-reference.ts';

export { hasChromium, launch } from '../../../e2e/support/browser.ts';

const PATIENCE_MS = 15_000;

/** For `expect.poll`, whose default timeout is a second. */
export const patient = { timeout: PATIENCE_MS };

export const statuses = ['placed', 'confirmed', 'shipped', 'cancelled'] as const;
export type Status = (typeof statuses)[number];

/** A server of the reference app and a browser for the tests of a file. */
export const useShop = (prepare?: (url: URL) => Promise<unknown>) =>
  useBrowser(prepare, serveReference);

/** A window of its own storage; what the browser complains of is collected in `complaints`. */
export async function openBoard(
  browser: Browser,
  url: URL,
  { complaints = [], ...options }: BrowserContextOptions & { readonly complaints?: string[] } = {},
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(new URL('/pages/board/', url).href);
  await live(page);
  return page;
}

export async function live(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor();
}

export interface Draft {
  readonly customer?: string;
  readonly country?: string;
  readonly product?: string;
  readonly euros?: string;
}

export async function fill(page: Page, draft: Draft): Promise<void> {
  const filled = {
    customer: 'ANATR',
    country: 'Germany',
    product: 'chai',
    euros: '18.00',
    ...draft,
  };
  for (const [name, value] of Object.entries(filled)) {
    await page.locator(`form input[name=${name}]`).fill(value);
  }
}

export async function place(page: Page, draft: Draft): Promise<void> {
  await fill(page, draft);
  await page.getByRole('button', { name: 'Place order' }).click();
}

export function inColumn(page: Page, status: Status, customer: string) {
  return page.locator(`section[data-status=${status}] li`, { hasText: customer });
}

export function countOf(page: Page, status: Status) {
  return page.locator(`section[data-status=${status}] h2 > :last-child`);
}

export async function expectCount(page: Page, status: Status, count: string): Promise<void> {
  await expect.poll(() => countOf(page, status).textContent(), patient).toBe(count);
}

interface Command {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: object;
}

const asked: Readonly<Record<Status, readonly string[]>> = {
  placed: [],
  confirmed: ['ConfirmOrder'],
  shipped: ['ConfirmOrder', 'MarkShipped'],
  cancelled: ['CancelOrder'],
};

/** The commands that bring an order by phone to a status. */
export function orderCommands(id: string, customer: string, status: Status = 'placed'): Command[] {
  const line = { product: 'chai', quantity: 1, unitCents: 1_800, discountBp: 0 };
  const cart = { customer, country: 'Germany', channel: 'phone', lines: [line] };
  const order = { aggregate: 'order' as const, id };
  return [
    { ...order, command: 'PlaceOrder', data: cart },
    ...asked[status].map((command) => ({
      ...order,
      command,
      data: command === 'CancelOrder' ? { reason: 'a test' } : {},
    })),
  ];
}

/** Sends them, and waits until the read model has as many orders. */
export async function sendAll(url: URL, commands: readonly Command[]): Promise<void> {
  const answer = await fetch(new URL('/v1/commands', url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: commands.map((command) => JSON.stringify(command)).join('\n'),
  });
  const outcomes = (await answer.text()).trim().split('\n');
  expect(outcomes).toHaveLength(commands.length);
  for (const outcome of outcomes) expect(outcome).toMatch('"accepted"');
}

export async function countOnServer(url: URL, status: Status): Promise<number> {
  const answer = await fetch(
    new URL(`/v1/queries/orders?status=${status}&limit=1&count=true`, url),
  );
  return JSON.parse(await answer.text()).count;
}
