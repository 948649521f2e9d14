/** The console's screen of commands, over a server with an order book, in a browser. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../../core/catalog/catalog-shape.ts';
import { hasChromium, orderCommands, sendAll, useShop } from '../pages/board.ts';
import { accessibilityFaults, type OpenConsole, openConsole, patient } from './open-console.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> \u202eevil';

const shop = useShop((url) =>
  sendAll(url, [
    ...orderCommands('o-1', HOSTILE),
    ...orderCommands('o-2', 'BERGS'),
    ...orderCommands('o-3', 'BERGS', 'shipped'),
    ...orderCommands('o-4', 'BERGS'),
  ]),
);

describe.skipIf(!hasChromium)('commands', () => {
  test('CO16 by keyboard alone a command is filled in, tried without being stored, and sent; outcome, events and what they change are shown', async () => {
    const { page, complaints, origins } = await opened(
      '/console/commands/order/CancelOrder?id=o-2',
    );
    await page.getByRole('textbox', { name: 'reason' }).focus();
    await page.keyboard.type('a test');
    await tabTo(page, 'What if');
    await page.keyboard.press('Enter');
    const tried = page.getByRole('region', { name: 'What if: nothing is stored' });
    await tried.getByText('accepted with 1 event').waitFor();
    await expect.poll(() => changes(page), patient).toEqual([STATUS]);
    expect(await versionOf('order/o-2')).toBe(1);
    await tabTo(page, 'Send …');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Send');
    await page.keyboard.press('Enter');
    await page.getByText('Accepted with 1 event, version 2.').first().waitFor();
    await page.keyboard.press('Escape');
    expect(await versionOf('order/o-2')).toBe(2);
    const sent = page.getByRole('region', { name: 'Sent', exact: true });
    await sent.getByRole('heading', { name: '2 OrderCancelled' }).waitFor();
    await expect.poll(() => changes(page), patient).toEqual([STATUS]);
    await page.getByRole('row', { name: /order\/o-2 CancelOrder Accepted with 1 event/ }).waitFor();
    expect(complaints).toEqual([]);
    expect(origins).toEqual(new Set([shop.url.origin]));
    await page.close();
  });

  test('CO16 what the domain rejects is shown with its reason, tried and sent', async () => {
    const { page } = await opened('/console/commands/order/CancelOrder?id=o-3');
    await page.getByRole('button', { name: 'What if' }).click();
    await page.getByRole('alert').getByText('reason').waitFor();
    await page.getByRole('textbox', { name: 'reason' }).fill('too late');
    await page.getByRole('button', { name: 'What if' }).click();
    await page.getByText('rejected: already-shipped').waitFor();
    await page.getByRole('button', { name: 'Send CancelOrder to order/o-3' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /order\/o-3 CancelOrder .*already-shipped/ }).waitFor();
    await page.close();
  });

  test('CO17 form and JSON stay in step, with lists and what is optional', async () => {
    const { page } = await opened('/console/commands/order/PlaceOrder?id=o-9');
    const json = page.getByLabel('Data as JSON');
    const data = async () => JSON.parse(await json.inputValue());
    await page.getByRole('textbox', { name: 'customer' }).fill('ANATR');
    await page.getByRole('button', { name: 'Add channel' }).click();
    await page.getByRole('spinbutton', { name: 'quantity' }).fill('7');
    await page.getByRole('button', { name: 'Add to lines' }).click();
    expect(await data()).toMatchObject({
      ...{ customer: 'ANATR', country: '', channel: 'web' },
      lines: [{ quantity: 7 }, { product: '' }],
    });
    await page.getByRole('button', { name: 'Remove lines 2' }).click();
    await page.getByRole('button', { name: 'Leave out channel' }).click();
    expect(Object.keys(await data())).not.toContain('channel');
    expect((await data()).lines).toHaveLength(1);
    await json.fill('{"customer":"BERGS"');
    await page.getByText('The JSON is no object').waitFor();
    expect(await page.getByRole('button', { name: 'What if' }).isDisabled()).toBe(true);
    await json.fill('{"customer":"BERGS","country":"Italy","lines":[]}');
    expect(await page.getByRole('textbox', { name: 'customer' }).inputValue()).toBe('BERGS');
    expect(await page.getByRole('textbox', { name: 'country' }).inputValue()).toBe('Italy');
    await page.getByRole('button', { name: 'What if' }).click();
    await page.getByRole('alert').getByText('lines').waitFor();
    await page.getByRole('textbox', { name: 'country' }).fill('France');
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.close();
  });

  test('CO17 choices, flags, formats and references have their inputs, a union is written as JSON', async () => {
    const { page } = await opened('/console/commands/order/CancelOrder?id=o-1', {}, withSchema);
    await page.getByRole('combobox', { name: 'kind' }).selectOption('late');
    await page.getByRole('checkbox', { name: 'urgent' }).check();
    await page.getByRole('textbox', { name: 'mail' }).fill('ann@example.com');
    expect(await page.getByRole('textbox', { name: 'mail' }).getAttribute('type')).toBe('email');
    await page.getByRole('textbox', { name: 'street' }).fill('Hauptstr. 1');
    const union = page.getByRole('textbox', { name: 'either, as JSON' });
    await union.fill('{"a":');
    expect(await union.getAttribute('aria-invalid')).toBe('true');
    await union.fill('{"a":[1]}');
    expect(await union.getAttribute('aria-invalid')).toBe('false');
    const json = page.getByLabel('Data as JSON');
    expect(JSON.parse(await json.inputValue())).toEqual({
      ...{ kind: 'late', urgent: true, mail: 'ann@example.com' },
      ...{ address: { street: 'Hauptstr. 1' }, either: { a: [1] } },
    });
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.close();
  });

  test('CO18 version and key are sent, and curl and command line that are shown do the same', async () => {
    const { page } = await opened('/console/commands/order/ConfirmOrder?id=o-4');
    await page.getByLabel('Expected version').fill('7');
    await page.getByLabel('Idempotency key').fill('key-1');
    const send = page.getByRole('button', { name: 'Send ConfirmOrder to order/o-4' });
    await send.click();
    await page.locator('dialog[open] summary').click();
    const [curl = '', cli = ''] = await page.locator('dialog[open] pre').allTextContents();
    expect(curl).toContain(`${shop.url.origin}/v1/commands/order/o-4/ConfirmOrder`);
    expect(curl).toContain(`-H 'idempotency-key: key-1'`);
    expect(curl).toContain(`-H 'if-match: "7"'`);
    const line = { aggregate: 'order', id: 'o-4', command: 'ConfirmOrder', data: {} };
    const written = JSON.stringify({ ...line, idempotencyKey: 'key-1', expectedVersion: 7 });
    expect(cli).toBe(`echo '${written}' > command.ndjson\nledge import command.ndjson`);
    await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    expect(await versionOf('order/o-4')).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByLabel('Expected version').fill('1');
    await confirmed(page, 'Accepted with 1 event, version 2.');
    expect(await page.getByLabel('Idempotency key').inputValue()).not.toBe('key-1');
    await page.getByLabel('Idempotency key').fill('key-1');
    await confirmed(page, 'Accepted with 1 event, version 2, as before: the key is known.');
    expect(await versionOf('order/o-4')).toBe(2);
    await page.close();
  });

  test('CO18 what was sent is filled in again', async () => {
    const { page } = await opened('/console/commands/order/CancelOrder?id=o-3');
    await page.getByRole('textbox', { name: 'reason' }).fill('the first');
    await page.getByRole('button', { name: 'Send CancelOrder' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Command' }).selectOption('product/ReceiveStock');
    await page.getByRole('spinbutton', { name: 'quantity' }).waitFor();
    await page.getByRole('button', { name: 'Fill in command 1' }).click();
    expect(await page.getByRole('textbox', { name: 'reason' }).inputValue()).toBe('the first');
    expect(new URL(page.url()).pathname).toBe('/console/commands/order/CancelOrder');
    await page.close();
  });

  test.each([
    ['light', 1_280],
    ['dark', 390],
    ['dark', 1_280],
    ['light', 390],
  ] as const)(
    'CO19 axe-core finds nothing in %s at %i px, and hostile text is text',
    async (colorScheme, width) => {
      const viewport = { width, height: 900 };
      const path = '/console/commands/order/CancelOrder?id=o-1';
      const { page, complaints } = await opened(path, { colorScheme, viewport });
      await page.getByRole('textbox', { name: 'reason' }).fill(HOSTILE);
      await page.getByRole('button', { name: 'What if' }).click();
      await expect.poll(() => changes(page), patient).toEqual([STATUS]);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      await shot(page, `command-${colorScheme}-${width}`);
      const texts = await page.locator('bdi', { hasText: 'evil' }).allTextContents();
      expect(new Set(texts)).toEqual(new Set([HOSTILE]));
      await page.getByRole('combobox', { name: 'Command' }).selectOption('order/PlaceOrder');
      await page.getByRole('spinbutton', { name: 'quantity' }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      await shot(page, `command-form-${colorScheme}-${width}`);
      expect(await page.title()).toBe('Commands · Ledge');
      expect(await page.locator('img').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('CO19 the palette leads to every command', async () => {
    const { page } = await opened('/console/');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'product ReceiveStock' }).click();
    await page.getByRole('spinbutton', { name: 'quantity' }).waitFor();
    await page.close();
  });
});

const STATUS = 'status: changed: "cancelled" was "placed"';

function opened(
  path: string,
  options: Parameters<typeof openConsole>[3] = {},
  prepare?: (page: Page) => Promise<unknown>,
): Promise<OpenConsole> {
  return openConsole(shop.browser, shop.url, path, options, prepare);
}

/** The catalog with a schema that the order book has no command for. */
function withSchema(page: Page): Promise<unknown> {
  const properties = {
    kind: { enum: ['early', 'late'] },
    urgent: { type: 'boolean' },
    mail: { type: 'string', format: 'email' },
    address: { $ref: '#/$defs/address' },
    either: { anyOf: [{ type: 'object' }, { type: 'string' }] },
  };
  const street = { type: 'string' };
  const schema = {
    ...{ type: 'object', properties, required: Object.keys(properties) },
    $defs: { address: { type: 'object', properties: { street }, required: ['street'] } },
  };
  return page.route('**/catalog.json', async (route) => {
    const catalog: Catalog = await (await route.fetch()).json();
    const aggregates = catalog.aggregates.map((aggregate) => ({
      ...aggregate,
      commands: aggregate.commands.map((command) => ({ ...command, schema })),
    }));
    await route.fulfill({ json: { ...catalog, aggregates } });
  });
}

/** The members of the state that are marked. */
function changes(page: Page): Promise<string[]> {
  return page.getByLabel('State', { exact: true }).locator('[data-change]').allTextContents();
}

async function confirmed(page: Page, outcome: string): Promise<void> {
  await page.getByRole('button', { name: 'Send ConfirmOrder to order/o-4' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByText(outcome, { exact: true }).waitFor();
  await page.keyboard.press('Escape');
}

async function versionOf(stream: string): Promise<unknown> {
  const answer = await fetch(new URL(`/v1/aggregates/${stream}`, shop.url));
  const { version }: { version: unknown } = JSON.parse(await answer.text());
  return version;
}

async function tabTo(page: Page, text: string): Promise<void> {
  const focused = () => document.activeElement?.textContent;
  await expect
    .poll(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(focused);
    }, patient)
    .toBe(text);
}

function shot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: `dist/console-${name}.png`, fullPage: true });
}
