/** The console's screen of dead letters, over a server whose database refuses the rows of some orders. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Served } from '../../../e2e/support/serve.ts';
import { hasChromium, launch, orderCommands, sendAll } from '../pages/board.ts';
import { serveReference } from '../serve-reference.ts';
import { tabTo } from './keyboard.ts';
import { expectGoodLook, looks } from './looks.ts';
import { openConsole, patient } from './open-console.ts';

const START_MS_MAX = 120_000;
const HOSTILE = `<img src=x onerror="document.title=1"> \u202eevil`;
const MANY = 10_000;

/** As much of D1's as is used here; its types are not among those of the browser. */
interface Database {
  prepare(sql: string): {
    run(): Promise<unknown>;
    first<Row>(): Promise<Row | null>;
  };
  exec(sql: string): Promise<unknown>;
}

let ledge: Served;
let browser: Browser;
let database: Database;

describe.skipIf(!hasChromium)('the console’s dead letters', () => {
  beforeAll(async () => {
    ledge = await serveReference();
    browser = await launch();
    ({ DB: database } = await ledge.server.getWorker<{ readonly DB: Database }>().getEnv());
    await sendAll(ledge.url, orderCommands('first', 'ALFKI'));
    await refuse('BOLID', 'the customer is unknown');
    await refuse('CHOPS', HOSTILE.replaceAll("'", "''"));
    const ids = ['b-1', 'b-2', 'b-3', 'b-4'];
    await sendAll(ledge.url, [
      ...ids.flatMap((id) => orderCommands(id, 'BOLID', 'shipped')),
      ...orderCommands('c-1', 'CHOPS'),
    ]);
    await vi.waitUntil(async () => (await parked()) === 5, { ...patient, interval: 100 });
  }, START_MS_MAX);
  afterAll(async () => {
    await browser?.close();
    await ledge?.server.close();
  }, START_MS_MAX);

  test('CO25 groups them by projection and error; a group leads to its letters, one to its event, error and what waits behind it', async () => {
    const { page, complaints } = await opened('/console/dead-letters');
    const group = page.getByRole('row', { name: /^orders@1 .*the customer is unknown/ });
    await group.getByRole('cell', { name: '4', exact: true }).first().waitFor();
    await group.getByRole('link').click();
    await page.getByRole('status').getByText('4 dead letters read.').waitFor();
    expect(await page.getByRole('row', { name: /^orders@1/ }).count()).toBe(1);
    await page.getByRole('link', { name: 'order/b-1@1' }).click();
    await page.getByRole('heading', { name: 'orders@1/order/b-1@1' }).waitFor();
    await page.getByText('2 events of').waitFor();
    await page.getByText('2: OrderConfirmed').waitFor();
    await page.getByRole('region', { name: 'As it is stored' }).getByText('"BOLID"').waitFor();
    await page
      .getByText(/the customer is unknown/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('CO26 by keyboard alone one is discarded with a reason; it is listed as discarded', async () => {
    const { page } = await opened('/console/dead-letters?error=none');
    await page.getByText('None is parked.').waitFor();
    await tabTo(page, 'All groups');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'order/b-4@1' }).waitFor();
    await tabTo(page, 'order/b-4@1');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Discard' }).waitFor();
    await tabTo(page, 'Discard …');
    await page.keyboard.press('Enter');
    await page.keyboard.type('a test order');
    await tabTo(page, 'Discard');
    await page.keyboard.press('Enter');
    await page.getByText('It is discarded.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('local-developer a test order').waitFor();
    expect(await page.getByRole('button', { name: 'Redrive' }).count()).toBe(0);
    await page.goto(new URL('/console/dead-letters?status=discarded', ledge.url).href);
    await page.getByRole('link', { name: 'order/b-4@1' }).waitFor();
    await page.close();
  });

  test('CO27 a group is redriven by its projection and error alone, and says what it would try; the same as command line', async () => {
    const { page } = await opened('/console/dead-letters');
    await database.exec('DROP TRIGGER refuse_BOLID');
    const row = page.getByRole('row', { name: /^orders@1 .*the customer is unknown/ });
    await row.getByRole('button', { name: 'Redrive group' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText(/^Tries 3 dead letters of 3 streams again/).waitFor();
    await dialog.locator('summary').click();
    const shown = await dialog.locator('pre').allTextContents();
    expect(shown[0]).toMatch(/"projection":"orders","error":".*the customer is unknown/);
    expect(shown[1]).toMatch(/^ledge dead-letters redrive --projection orders --error '.*unknown/);
    await dialog.getByRole('button', { name: 'Redrive group' }).click();
    await dialog.getByText('3 dead letters tried, 0 parked again.').waitFor();
    expect(await parked()).toBe(1);
    const rows = await (await fetch(new URL('/v1/queries/orders/b-1', ledge.url))).json();
    expect(rows).toMatchObject({ status: 'shipped' });
    await page.close();
  });

  test.each(looks)(
    'CO28 axe finds nothing, and nothing is out of sight, in %s at %i px; hostile text is text',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const { page, complaints } = await opened('/console/dead-letters', options);
      await page.getByRole('row', { name: /evil/ }).waitFor();
      await expectGoodLook(page, `dead-letters-${colorScheme}-${width}`);
      await page.getByRole('link', { name: 'order/c-1@1' }).click();
      await page.getByText('0 events of').waitFor();
      await expectGoodLook(page, `dead-letter-${colorScheme}-${width}`);
      expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
      expect(await page.title()).toBe('Dead letters · Ledge');
      expect(await page.locator('main img').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('CO29 of 10,000 the list draws those in sight, and its end is reached', async () => {
    await database.exec(many());
    const { page } = await opened('/console/dead-letters');
    const more = page.getByRole('button', { name: 'Read 1,000 more' });
    for (let read = 100; read < MANY; read += 1_000) await more.click();
    await page.getByRole('status').getByText('10,001 dead letters read.').waitFor();
    const list = page.getByRole('group', { name: 'Letters' });
    expect(await list.getByRole('listitem').count()).toBeLessThan(60);
    const beganMs = Date.now();
    await list.focus();
    await page.keyboard.press('End');
    await list.getByRole('link', { name: 'order/z-10000@1' }).waitFor();
    expect(Date.now() - beganMs).toBeLessThan(3_000);
    expect(await list.getByRole('listitem').count()).toBeLessThan(60);
    await page.close();
  });
});

function opened(path: string, options: Parameters<typeof openConsole>[3] = {}) {
  return openConsole(browser, ledge.url, path, options);
}

async function parked(): Promise<number | undefined> {
  const row = await database
    .prepare("SELECT count(*) AS parked FROM dead_letter WHERE status = 'parked'")
    .first<{ parked: number }>();
  return row?.parked;
}

/** The database takes no row of the customer in the read model, which parks the event. */
async function refuse(customer: string, error: string): Promise<void> {
  await database
    .prepare(
      `CREATE TRIGGER refuse_${customer} BEFORE INSERT ON orders_v1 WHEN NEW.customer = '${customer}'
       BEGIN SELECT RAISE(ABORT, '${error}'); END`,
    )
    .run();
}

/** Copies of the one that is parked, as so many streams would leave them. */
function many(): string {
  return `INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status, parked_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
    SELECT tenant, printf('orders@1/order/z-%05d@1', i), generation, printf('order/z-%05d', i), version, type, event, error, stack, attempts, status, parked_at
    FROM n, dead_letter WHERE id = 'orders@1/order/c-1@1'`.replaceAll('\n', ' ');
}
