/** The console's screen of streams, over a server with an order book, in a browser. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { hasChromium, orderCommands, sendAll, useShop } from '../pages/board.ts';
import { accessibilityFaults, type OpenConsole, openConsole, patient } from './open-console.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';
const EVENTS = 450;
/** More than a page of the list. */
const SHELF = Array.from({ length: 52 }, (_, index) => `s-${index + 10}`);

const shop = useShop(async (url) => {
  await sendAll(url, [
    ...orderCommands('o-1', HOSTILE, 'shipped'),
    ...orderCommands('o-2', 'BERGS'),
    ...orderCommands('p-1', 'ANATR'),
  ]);
  const product = { aggregate: 'product', id: 'chai' } as const;
  const register = { command: 'RegisterProduct', data: { name: 'Chai', priceCents: 1_800 } };
  await sendAll(
    url,
    SHELF.map((id) => ({ ...product, id, ...register })),
  );
  await sendAll(url, [
    { ...product, ...register },
    ...Array.from({ length: EVENTS - 1 }, (_, index) => ({
      ...{ ...product, command: 'ReceiveStock', data: { quantity: index + 1 } },
    })),
  ]);
});

describe.skipIf(!hasChromium)('streams', () => {
  test('CO10 the list has the streams of a type whose ids begin as typed, page by page, and its address shows the same again', async () => {
    const { page, complaints, origins } = await opened('/console/streams?type=order');
    await page.getByRole('link', { name: 'p-1' }).waitFor();
    await page.getByLabel('Ids that begin with').fill('o-');
    const some = ['order/o-1', 'order/o-2'];
    await expect.poll(() => linkedStreams(page), patient).toEqual(some);
    await page.reload();
    await expect.poll(() => linkedStreams(page), patient).toEqual(some);
    await page.getByLabel('Type').selectOption('product');
    await page.getByText('No stream of this type').waitFor();
    await page.getByLabel('Ids that begin with').fill('s-');
    await page.getByRole('button', { name: 'Next page' }).click();
    const rest = SHELF.slice(50).map((id) => `product/${id}`);
    await expect.poll(() => linkedStreams(page), patient).toEqual(rest);
    await page.getByRole('button', { name: 'First page' }).click();
    await expect.poll(() => linkedStreams(page), patient).toHaveLength(50);
    await page.getByLabel('Ids that begin with').fill('<b>');
    await page.getByRole('alert').getByText('prefix').waitFor();
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    expect(origins).toEqual(new Set([shop.url.origin]));
    await page.close();
  });

  test('CO11 a stream of hundreds of events asks for those in view alone, and draws them alone', async () => {
    const { page } = await opened('/console/streams/product/chai');
    await option(page, EVENTS).waitFor();
    const asked = await pagesAsked(page);
    expect(asked).toEqual([400]);
    expect(await page.getByRole('option').count()).toBeLessThan(40);
    await page.getByRole('listbox').press('Home');
    await page.getByRole('option', { name: '1 ProductRegistered' }).waitFor();
    expect(await pagesAsked(page)).toEqual([0, 400]);
    expect(new URL(page.url()).searchParams.get('version')).toBe('1');
    await page.close();
  });

  test('CO11 an event that is appended appears while the stream is open', async () => {
    const { page } = await opened('/console/streams/order/p-1');
    await option(page, 1).waitFor();
    await sendAll(shop.url, orderCommands('p-1', 'ANATR', 'confirmed').slice(1));
    await page.getByRole('option', { name: '2 OrderConfirmed' }).waitFor();
    await page.getByRole('heading', { name: 'State at version 2' }).waitFor();
    await page.close();
  });

  test('CO12 by keyboard alone the state of each version is shown, with what its event has changed, and its address shows the same again', async () => {
    const { page } = await opened('/console/streams/order/o-1');
    await page.getByRole('heading', { name: 'State at version 3' }).waitFor();
    await expect
      .poll(() => changes(page), patient)
      .toEqual(['status: changed: "shipped" was "confirmed"']);
    await page.getByText('Skip to content').focus();
    await tabTo(page, 'listbox');
    await page.keyboard.press('ArrowUp');
    await page.getByRole('heading', { name: 'State at version 2' }).waitFor();
    await expect
      .poll(() => changes(page), patient)
      .toEqual(['status: changed: "confirmed" was "placed"']);
    await page.getByRole('heading', { name: 'Event 2: OrderConfirmed' }).waitFor();
    await page.getByLabel('Metadata', { exact: true }).getByText('local-developer').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'State at version 2' }).waitFor();
    await page.getByRole('slider', { name: 'Version' }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('heading', { name: 'State at version 1' }).waitFor();
    expect(await changes(page)).toEqual([]);
    await page.getByRole('button', { name: 'Play' }).press('Enter');
    await page.getByRole('heading', { name: 'State at version 3' }).waitFor();
    await page.getByRole('button', { name: 'Play' }).waitFor();
    await page.close();
  });

  test('CO12 by time the state is that of the moment', async () => {
    const { page } = await opened('/console/streams/product/chai');
    await page.getByLabel('by time').check();
    await page.getByRole('slider', { name: 'Time' }).press('Home');
    const times = (await events('product/chai')).map(({ recordedAt }) => recordedAt);
    // One millisecond may have several events.
    const version = times.lastIndexOf(times[0] ?? '') + 1;
    expect(version).toBeLessThan(EVENTS);
    await page.getByRole('heading', { name: `State at version ${version}`, exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('at')).toBe(times[0]);
    await page.close();
  });

  test('CO13 the download has every event of the stream, a line for each, as the API answers it', async () => {
    const { page, complaints } = await opened('/console/streams/product/chai');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as NDJSON' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('product-chai.ndjson');
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(await events('product/chai'));
    expect(lines).toHaveLength(EVENTS);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each([
    ['light', 1_280],
    ['dark', 390],
    ['dark', 1_280],
    ['light', 390],
  ] as const)(
    'CO14 axe-core finds nothing in %s at %i px, and hostile text is text',
    async (colorScheme, width) => {
      const viewport = { width, height: 900 };
      const { page, complaints } = await opened('/console/streams?type=order', {
        colorScheme,
        viewport,
      });
      await page.getByRole('link', { name: 'o-1' }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await shot(page, `streams-${colorScheme}-${width}`);
      await page.getByRole('link', { name: 'o-1' }).click();
      await page.getByRole('heading', { name: 'Event 3' }).waitFor();
      await expect.poll(() => changes(page), patient).toHaveLength(1);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      ).toBeLessThanOrEqual(0);
      await shot(page, `stream-${colorScheme}-${width}`);
      expect(await page.locator('bdi', { hasText: 'evil' }).textContent()).toBe(HOSTILE);
      expect(await page.title()).toBe('Streams · Ledge');
      expect(await page.locator('img').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('CO15 the palette leads to a stream by its name, and to the streams of a type', async () => {
    const { page } = await opened('/console/');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('order/o-2');
    await page.getByRole('option', { name: 'order/o-2' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'order/o-2' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'product', exact: true }).click();
    await page.getByRole('link', { name: 'product/chai' }).waitFor();
    await page.close();
  });
});

function opened(
  path: string,
  options: Parameters<typeof openConsole>[3] = {},
): Promise<OpenConsole> {
  return openConsole(shop.browser, shop.url, path, options);
}

function option(page: Page, version: number) {
  return page.locator(`[role=option][aria-posinset="${version}"] strong`, { hasText: /\w/ });
}

async function linkedStreams(page: Page): Promise<string[]> {
  return page.locator('td a').allTextContents();
}

/** The members of the state that are marked. */
function changes(page: Page): Promise<string[]> {
  return page.getByLabel('State', { exact: true }).locator('[data-change]').allTextContents();
}

/** The versions after which pages of events were asked for, those for the slider aside. */
function pagesAsked(page: Page): Promise<number[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name))
      .filter(({ pathname, searchParams }) => {
        return pathname.startsWith('/v1/streams/') && searchParams.get('limit') !== '1';
      })
      .map(({ searchParams }) => Number(searchParams.get('after')))
      .sort((one, other) => one - other),
  );
}

async function events(stream: string): Promise<{ readonly recordedAt: string }[]> {
  const answer = await fetch(new URL(`/v1/streams/${stream}?limit=1000`, shop.url));
  const { events: all }: { events: { recordedAt: string }[] } = JSON.parse(await answer.text());
  return all;
}

async function tabTo(page: Page, role: string): Promise<void> {
  const focused = () => document.activeElement?.getAttribute('role');
  await expect
    .poll(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(focused);
    }, patient)
    .toBe(role);
}

function shot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: `dist/console-${name}.png`, fullPage: true });
}
