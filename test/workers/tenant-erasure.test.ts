/** The end of a tenant: scheduled, begun when it is due, whole, counted, and never undone by what comes late. */
import { describe, expect, test } from 'vitest';
import { pauseWhatParksEverywhere } from '../../worker/projections/pause-failing.ts';
import { currentServingSet } from '../../worker/projections/serving-set.ts';
import { buildPage } from '../../worker/projections/versions/build-page.ts';
import { projectorFor } from '../../worker/projector/projector.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { eraseSome } from '../../worker/tenants/erase-tenant.ts';
import { revokeKeys } from '../../worker/tenants/revoke-keys.ts';
import {
  ADMIN,
  ask,
  bindings,
  deliver,
  isolate,
  OPERATOR,
  operate,
  provision,
  register,
  sending,
  tick,
} from './support/directory-shop.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { aggregateOf, env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { databaseText, objectsText } from './support/stored-text.ts';
import { sealing } from './support/subjects.ts';

useKeptQueue();

const reason = 'The customer has left.';
const nowMs = () => Date.now() + faults.clockSkewMs;

async function due(tenant: string): Promise<void> {
  const at = new Date(Date.now() + faults.clockSkewMs + 1_000).toISOString();
  const { status } = await operate(tenant, 'schedule-erasure', { at, reason });
  expect(status).toBe(200);
  faults.clockSkewMs += 1_000;
}

async function erased(tenant: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { status, body } = await operate(tenant, 'erase');
    expect({ status, body }).toMatchObject({ status: 200 });
    if (body.done === true) return body;
  }
}

/** Whatever it is asked. */
async function expectErased(stream: string, tenant: string): Promise<void> {
  const object = aggregateOf(stream, tenant);
  for (const call of [() => object.headVersion(), () => object.execute([])]) {
    const failure = await Promise.resolve(call()).then(() => undefined, String);
    expect(failure).toContain('The stream was erased with its tenant.');
  }
}

describe('T18 an erasure', () => {
  test('needs its schedule and its time, and can be cancelled before', async () => {
    await provision('t18');
    expect(await operate('t18', 'erase')).toMatchObject({
      status: 409,
      body: { reason: 'erasure-not-scheduled' },
    });
    await operate('t18', 'schedule-erasure', { reason });
    expect(await operate('t18', 'erase')).toMatchObject({ body: { reason: 'erasure-not-due' } });
    const in30Days = Date.now() + 30 * 86_400_000;
    const { body } = await ask(ADMIN, '/v1/tenants/t18');
    expect(Math.abs(Date.parse(String(body.eraseAt)) - in30Days)).toBeLessThan(60_000);
    expect(await register('t18.ann', 'tea')).toMatchObject({ status: 200 });
    expect(await deliver()).toBe(0);
    await operate('t18', 'cancel-erasure', { reason });
    faults.clockSkewMs += 31 * 86_400_000;
    await tick();
    expect(await ask(ADMIN, '/v1/tenants/t18')).toMatchObject({ body: { status: 'active' } });
    expect(await operate('t18', 'erase')).toMatchObject({ status: 409 });
  });
});

const PAGES = 'SELECT first, events, hex(tag) AS tag FROM journal_page ORDER BY first';

describe('T11 an erased tenant', () => {
  test('has nothing left in any object, table or queue, and others have all of theirs', async () => {
    await provision('t11', 't11-other');
    for (const product of ['tea', 'milk', 'rum']) {
      await register('t11.ann', product);
      await register('t11-other.bob', product);
    }
    const key = sending({ principal: 'service:t11-shop', tenant: 't11' });
    expect(await ask(ADMIN, '/v1/keys', key)).toMatchObject({ status: 201 });
    expect(await deliver()).toBe(0);
    // On its way when the erasure begins.
    await register('t11.ann', 'late');
    const late = keptMessages();
    const others = await rowsOf("SELECT * FROM journal WHERE tenant = 't11-other'");
    const products = await rowsOf("SELECT * FROM products_v1 WHERE tenant = 't11-other'");
    const pages = await rowsOf(PAGES);
    expect([others.length, products.length]).toEqual([3, 3]);

    await due('t11');
    expect(await erased('t11')).toMatchObject({
      counts: { streams: 3, events: 3, rows: 3, deadLetters: 0, keys: 1 },
    });
    expect(await deliver(late)).toBe(0);

    expect(await databaseText()).not.toMatch(/t11\.ann|tea of t11|"t11","stream/);
    expect(await objectsText()).not.toMatch(/t11\.ann/);
    for (const product of ['tea', 'milk', 'rum', 'late']) {
      await expectErased(`product/${product}`, 't11');
    }
    expect(await rowsOf("SELECT * FROM journal WHERE tenant = 't11-other'")).toEqual(others);
    expect((await rowsOf(PAGES)).slice(0, pages.length)).toEqual(pages);
    expect(await rowsOf("SELECT * FROM products_v1 WHERE tenant = 't11-other'")).toEqual(products);
    const keys = await ask(ADMIN, '/v1/keys?limit=100');
    expect(keys.body.keys).toContainEqual(
      expect.objectContaining({ principal: 'service:t11-shop', status: 'revoked' }),
    );
  });

  test('is refused within ten seconds, and its name is not given again', async () => {
    await provision('t11-gone');
    const worker = isolate();
    expect(await register('t11-gone.ann', 'tea', worker)).toMatchObject({ status: 200 });
    await deliver();
    await due('t11-gone');
    await erased('t11-gone');
    faults.clockSkewMs += 10_000;
    expect(await register('t11-gone.ann', 'tea', worker)).toMatchObject({ status: 401 });
    expect(await ask(ADMIN, '/v1/tenants', sending({ tenant: 't11-gone' }))).toMatchObject({
      status: 409,
      body: { reason: 'tenant-erased' },
    });
    expect(await ask(ADMIN, '/v1/tenants/t11-gone')).toMatchObject({
      body: { status: 'erased', erased: { streams: 1, events: 1 } },
    });
  });

  test('a command of an isolate that still knows it is refused, or erased behind it', async () => {
    await provision('t11-quick');
    const worker = isolate();
    await register('t11-quick.ann', 'tea', worker);
    await deliver();
    await due('t11-quick');
    await erased('t11-quick');
    expect(await register('t11-quick.ann', 'tea', worker)).toMatchObject({ status: 401 });
    expect(await register('t11-quick.ann', 'new', worker)).toMatchObject({ status: 200 });
    expect(await deliver()).toBe(0);
    expect(await objectsText()).not.toContain('t11-quick.ann');
    await expectErased('product/new', 't11-quick');
  });
});

describe('T12 an erasure goes on where it was interrupted', () => {
  test('by the cron, with the same counts, whichever batch fails', async () => {
    await provision('t12');
    for (const product of ['tea', 'milk']) await register('t12.ann', product);
    await deliver();
    await due('t12');
    let batches = 0;
    let failAt = 0;
    faults.beforeBatch = () => {
      batches++;
      if (batches === failAt) throw new Error('D1_ERROR: Network connection lost.');
    };
    for (let interruption = 1; interruption < 40; interruption++) {
      batches = 0;
      failAt = interruption;
      await tick().catch(() => undefined);
    }
    failAt = 0;
    expect(await erased('t12')).toMatchObject({
      counts: { streams: 2, events: 2, rows: 2, deadLetters: 0, keys: 0 },
    });
  });
});

describe('T13 nothing of a tenant is written where it has no data', () => {
  test('a batch that was planned before loses its race, and its stream is erased', async () => {
    await provision('t13');
    await register('t13.ann', 'tea');
    await deliver();
    await register('t13.ann', 'milk');
    const late = keptMessages();
    await due('t13');
    let isFirst = true;
    // Between the positions that were read and the batch.
    faults.beforeBatch = async () => {
      if (!isFirst) return;
      isFirst = false;
      await erased('t13');
    };
    expect(await deliver(late)).toBe(0);
    expect(isFirst).toBe(false);
    expect(await rowsOf("SELECT * FROM journal WHERE tenant = 't13'")).toEqual([]);
    expect(await rowsOf("SELECT * FROM products_v1 WHERE tenant = 't13'")).toEqual([]);
    await expectErased('product/milk', 't13');
  });

  test('a restored database that still has it erases it again', async () => {
    await provision('t13-back');
    await register('t13-back.ann', 'tea');
    await deliver();
    const [page] = await rowsOf<{ first: number; body: string }>(
      "SELECT first, body FROM journal_page WHERE tenant = 't13-back'",
    );
    await due('t13-back');
    await erased('t13-back');
    // As the database was before, and as the restore leaves it.
    await rowsOf(
      "UPDATE journal_page SET tenant = 't13-back', body = ? WHERE first = ?",
      ...[page?.body, page?.first],
    );
    await env.DB.prepare(
      "UPDATE residence SET state = 'unchecked' WHERE tenant = 't13-back'",
    ).run();
    expect(await databaseText()).toContain('t13-back.ann');
    for (let round = 0; round < 3; round++) await tick();
    expect(await databaseText()).not.toContain('t13-back.ann');
    expect(await rowsOf("SELECT state FROM residence WHERE tenant = 't13-back'")).toEqual([
      { state: 'erased' },
    ]);
  });

  test('a build reads no event of it, and the journal keeps its positions', async () => {
    await provision('t13-built', 't13-stays');
    for (const tenant of ['t13-built', 't13-stays']) await register(`${tenant}.ann`, 'tea');
    await deliver();
    await due('t13-built');
    await env.DB.batch([
      env.DB.prepare("UPDATE residence SET state = 'erasing' WHERE tenant = 't13-built'"),
      env.DB.prepare("INSERT INTO erasure (tenant) VALUES ('t13-built')"),
    ]);
    await startRebuild();
    await expect(buildPage(projector, 'products', 5_000)).rejects.toThrow('being erased');
    await erased('t13-built');
    await finishBuild();
    const [built] = await rowsOf<{ tables: string }>(
      "SELECT tables FROM generation WHERE projection = 'products' AND serving = 1",
    );
    expect(built).toBeDefined();
    const rows = await rowsOf<{ tenant: string }>('SELECT tenant FROM products_v1');
    expect(rows.map(({ tenant }) => tenant)).toContain('t13-stays');
    expect(rows.map(({ tenant }) => tenant)).not.toContain('t13-built');
    const [{ dense } = { dense: 0 }] = await rowsOf<{ dense: number }>(
      'SELECT count(*) = max(position) AS dense FROM journal',
    );
    expect(dense).toBe(1);
  });

  test('a page of a build that was read before the erasure is not written behind it', async () => {
    await provision('t13-page');
    await register('t13-page.ann', 'tea');
    await deliver();
    await due('t13-page');
    await startRebuild();
    let isFirst = true;
    faults.beforeBatch = async () => {
      if (!isFirst) return;
      isFirst = false;
      await erased('t13-page');
    };
    await finishBuild();
    expect(isFirst).toBe(false);
    expect(await rowsOf("SELECT * FROM products_v1 WHERE tenant = 't13-page'")).toEqual([]);
  });

  test('a batch is not written where the tenant has moved out since its positions were read', async () => {
    await provision('t13-out');
    await register('t13-out.ann', 'tea');
    let isFirst = true;
    faults.beforeBatch = async () => {
      // The first one makes the row; the second writes.
      if (!isFirst || (await rowsOf(RESIDENT)).length === 0) return;
      isFirst = false;
      await rowsOf("UPDATE residence SET state = 'erased' WHERE tenant = 't13-out'");
    };
    await deliver();
    expect(isFirst).toBe(false);
    expect(await rowsOf("SELECT * FROM journal WHERE tenant = 't13-out'")).toEqual([]);
  });
});

const RESIDENT = "SELECT 1 FROM residence WHERE tenant = 't13-out'";

/** With the faults of the test before each of its batches. */
const machinery = machineryFor(testApp, faultyPlatform);
const projector = projectorFor(machinery, env, machinery.databases.first(env));

async function startRebuild(): Promise<void> {
  const rebuilt = await ask(OPERATOR, '/v1/projections/products/rebuild', sending());
  expect(rebuilt).toMatchObject({ status: 200 });
}

async function finishBuild(): Promise<void> {
  for (let pages = 0; pages < 20; pages++) {
    if ((await buildPage(projector, 'products', 5_000)) === 'idle') return;
  }
  expect.unreachable('The build does not end.');
}

const PARK = `
  INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status, parked_at)
  VALUES (?1, ?2, 'products@1', ?2, 1, 'X', '{}', '', '', 1, 'parked', ?3)`;

describe('T12 an erasure that the cron and an operator run at the same time', () => {
  test('leaves out nothing and counts nothing twice', async () => {
    await provision('t12-twice');
    for (const product of ['tea', 'milk']) await register('t12-twice.ann', product);
    await sealing('ann', { tenant: 't12-twice' });
    const key = sending({ principal: 'service:twice', tenant: 't12-twice' });
    expect(await ask(ADMIN, '/v1/keys', key)).toMatchObject({ status: 201 });
    await deliver();
    // Beyond the first part of the journal, and the part after it.
    await rowsOf(FAR_EVENT);
    await env.DB.batch([
      env.DB.prepare("UPDATE residence SET state = 'erasing' WHERE tenant = 't12-twice'"),
      env.DB.prepare("INSERT INTO erasure (tenant) VALUES ('t12-twice')"),
    ]);
    const part = () => eraseSome(projector, 't12-twice');
    // Each batch of one comes behind a whole part of the other, which began with the same reads.
    let isInside = false;
    faults.beforeBatch = async () => {
      if (isInside) return;
      isInside = true;
      await part();
      isInside = false;
    };
    while ((await part()) === 'more');
    expect(await part()).toEqual({
      ...{ streams: 3, subjects: 1, events: 4, rows: 2, deadLetters: 0, objects: 0 },
    });
    const { platform } = machineryFor(testApp, faultyPlatform);
    const eraser = { env, platform, origin: { actor: 'ledge:erasure' } };
    const keys = () => revokeKeys(eraser, projector.database, 't12-twice');
    for (const _ of [1, 2, 3, 4]) await Promise.all([keys(), keys()]);
    expect(await keys()).toBe(1);
    expect(await rowsOf("SELECT * FROM journal WHERE tenant = 't12-twice'")).toEqual([]);
    await rowsOf('DELETE FROM journal_page WHERE first > 30000');
  });
});

const FAR_EVENT = `
  INSERT INTO journal_page (first, tenant, types, events, first_recorded_at, body)
  SELECT 30001, tenant, types, 1, first_recorded_at, json_array(body -> 0)
  FROM journal_page WHERE tenant = 't12-twice' LIMIT 1`;

describe('T12 an erasure of one tenant waits for no other', () => {
  test('one that was cancelled while the database was away is kept, and the next is erased', async () => {
    await provision('t12-a-kept', 't12-b-gone');
    for (const tenant of ['t12-a-kept', 't12-b-gone']) await register(`${tenant}.ann`, 'tea');
    await deliver();
    for (const tenant of ['t12-a-kept', 't12-b-gone']) await due(tenant);
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect(await operate('t12-a-kept', 'cancel-erasure', { reason })).toMatchObject({
      status: 503,
    });
    faults.beforeTrip = () => undefined;
    const revision = async () => (await rowsOf('SELECT revision FROM serving_set'))[0];
    await tick();
    const states =
      "SELECT tenant, state FROM residence WHERE tenant GLOB 't12-?-*' ORDER BY tenant";
    const settled = [
      { tenant: 't12-a-kept', state: 'resident' },
      { tenant: 't12-b-gone', state: 'erased' },
    ];
    for (let round = 0; round < 5; round++) await tick();
    expect(await rowsOf(states)).toEqual(settled);
    // What comes late for an erased tenant costs others no race.
    const before = await revision();
    await register('t12-a-kept.ann', 'late');
    const late = keptMessages().map((body) => body.replaceAll('t12-a-kept', 't12-b-gone'));
    await deliver(late);
    expect(await revision()).toEqual(before);
  });
});

describe('T13 a tenant whose object does not answer', () => {
  test('holds back its own streams alone', async () => {
    await provision('t13-away', 't13-here');
    for (const tenant of ['t13-away', 't13-here']) await register(`${tenant}.ann`, 'tea');
    const away = {
      ...bindings,
      AGGREGATE: {
        getByName(name: string) {
          if (name === 'ledge/ledge.tenant/t13-away') throw new Error('Network connection lost.');
          return env.AGGREGATE.getByName(name);
        },
      },
    };
    expect(await deliver(keptMessages(), 'events', away)).toBe(1);
    const moved = await rowsOf("SELECT tenant FROM products_v1 WHERE tenant GLOB 't13-*e'");
    expect(moved).toEqual([{ tenant: 't13-here' }]);
    expect(faults.log).toContainEqual(
      expect.objectContaining({ operation: 'read-tenant', level: 'warn' }),
    );
  });
});

describe('T17 what one tenant cannot have handled holds back no other', () => {
  test('a projection is not paused by the events of one tenant, however many', async () => {
    await provision('t17-bad', 't17-good');
    await register('t17-good.ann', 'tea');
    await deliver();
    const park = (tenant: string, streams: number) =>
      env.DB.batch(
        Array.from({ length: streams }, (_, index) =>
          env.DB.prepare(PARK).bind(tenant, `${index}`, new Date(nowMs()).toISOString()),
        ),
      );
    await park('t17-bad', 150);
    const parked = [{ generation: 'products@1', event: {}, error: null }] as never;
    const set = await currentServingSet(env.DB);
    await pauseWhatParksEverywhere(projector, set, parked);
    const stateOf = async () =>
      (await rowsOf("SELECT state FROM generation WHERE projection = 'products'"))[0];
    expect(await stateOf()).toEqual({ state: 'live' });
    // Of another tenant as many: a fault of the projection.
    await park('t17-good', 120);
    await pauseWhatParksEverywhere(projector, set, parked);
    expect(await stateOf()).toEqual({ state: 'paused' });
  });
});
