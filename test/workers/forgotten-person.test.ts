/** One person, from the first field to the last trace: nowhere plain while known, and nowhere readable once forgotten. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { getTableName } from 'drizzle-orm';
import { text } from 'drizzle-orm/sqlite-core';
import { beforeAll, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { personal } from '../../core/sealed/personal.ts';
import { sealedPrefix } from '../../core/sealed/sealed.ts';
import { createReadModel } from '../../migrations/create-table.ts';
import { deployment } from './support/deployment.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { guest, guestAccess, guests } from './support/guests.ts';
import { env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { type AskRestore, restoredDatabase, savedDatabase } from './support/restored-database.ts';
import { bucket, objects, seal } from './support/sealed-journal.ts';
import { databaseText, objectsText } from './support/stored-text.ts';

useKeptQueue();

const PERSON = 'ann';
const NAME = 'Ann Canary-Name';

/** Searched by name. */
const visitors = defineProjection({
  name: 'visitors',
  version: 1,
  from: [guest],
  tables: {
    visitors: table(
      {
        visitor: text().notNull(),
        person: text().notNull(),
        name: personal(text(), 'person', { open: true }),
      },
      { key: ['visitor'], filters: ['name'], indexes: [['person'], ['name']] },
    ),
  },
  on: {
    guest: {
      GuestRegistered: ({ aggregateId: visitor, data: { person, name } }, { visitors: rows }) =>
        rows.insert({ visitor, person, name }),
    },
  },
});

/** Has a bug, and says all that it has in its error. */
const brittle = defineProjection({
  name: 'brittle',
  version: 1,
  from: [guest],
  tables: { brittle: table({ guest: text().notNull() }, { key: ['guest'] }) },
  on: {
    guest: {
      GuestRegistered: ({ data }) => {
        throw new Error(`cannot take ${JSON.stringify(data)}`);
      },
    },
  },
});

const app = defineApp({ aggregates: [guest], projections: [guests, visitors, brittle] });
const models = [guests, visitors, brittle].flatMap(({ tables }) => tables);
const house = deployment(app);

/** A Worker that knows no key yet. `host` is shown personal data, `operator` is of the deployment. */
async function ask(role: 'host' | 'operator', path: string, input?: object) {
  const worker = heldLedge(app, {
    ...faultyPlatform,
    access: guestAccess,
    authenticate: () => {
      const tenant = role === 'host' ? 'main' : 'ledge';
      const roles = role === 'host' ? ['host', 'operator'] : ['operator'];
      return { id: `user:${role}`, tenant, roles };
    },
  });
  const request = new Request(`https://house.example${path}`, {
    headers: { 'content-type': 'application/json' },
    ...(input && { method: 'POST', body: JSON.stringify(input) }),
  });
  const response = await worker.fetch(request, env, createExecutionContext());
  const body: Record<string, unknown> = JSON.parse((await response.text()) || '{}');
  expect({ status: response.status, body }).toMatchObject({ status: 200 });
  return body;
}

const askRestore: AskRestore = (path, input) => ask('operator', `/v1/restore/${path}`, input);

async function register(person: string, name: string, street = 'Street 1'): Promise<void> {
  const address = { street, city: 'B' };
  await ask('host', `/v1/commands/guest/${person}/RegisterGuest`, { person, name, address });
}

async function deliverAll(): Promise<void> {
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    expect(await house.deliver(messages)).toBe(0);
  }
}

/** Takes messages that the queue gave up on. */
async function giveUpOn(bodies: readonly string[]): Promise<void> {
  const messages = bodies.map((body, index) => {
    return { id: `dead-${index}`, timestamp: new Date(), attempts: 1, body };
  });
  const batch = createMessageBatch<unknown>('events-dead', messages);
  await house.worker.queue(batch, house.env);
  await getQueueResult(batch, createExecutionContext());
}

async function segmentsText(): Promise<string> {
  const texts = (await objects()).map(async (name) => {
    const plain = (await bucket.get(name))?.body.pipeThrough(new DecompressionStream('gzip'));
    return new Response(plain).text();
  });
  return (await Promise.all(texts)).join('\n');
}

/** All that a caller with every grant is shown, wherever it is read from. */
async function shown(): Promise<string> {
  const paths = [
    `/v1/streams/guest/${PERSON}`,
    `/v1/aggregates/guest/${PERSON}`,
    `/v1/aggregates/guest/${PERSON}?version=1`,
    `/v1/events?stream=guest/${PERSON}`,
    '/v1/events',
    '/v1/queries/guests',
    '/v1/queries/named-guests',
    '/v1/queries/visitors',
    '/v1/dead-letters',
  ];
  const bodies: object[] = [];
  for (const path of paths) bodies.push(await ask('host', path));
  return JSON.stringify(bodies);
}

/** What is stored, but for open columns. */
async function stored(): Promise<string> {
  const log = JSON.stringify(faults.log);
  return [await objectsText(), await databaseText(), await segmentsText(), log].join();
}

beforeAll(async () => {
  for (const model of models) {
    for (const sql of createReadModel(model).split(';\n')) await rowsOf(sql);
  }
  await register('first', 'First');
  await deliverAll();
});

test('PD1 a person is plain in no segment, no dead letter and no line of the log', async () => {
  await register(PERSON, NAME, 'Canary-Street 7');
  const messages = keptMessages();
  await giveUpOn(messages);
  expect(await house.deliver(messages)).toBe(0);
  // The journal keeps its newest page.
  await register('last', 'Last');
  await deliverAll();
  await seal(1);
  const letters = await rowsOf<{ generation: string }>(
    'SELECT generation, event, error FROM dead_letter WHERE stream = ?',
    `guest/${PERSON}`,
  );
  expect(letters.map(({ generation }) => generation).toSorted()).toEqual(['', 'brittle@1']);
  expect(JSON.stringify(letters)).toContain(sealedPrefix(PERSON));
  expect(await segmentsText()).toContain(sealedPrefix(PERSON));
  expect(await rowsOf('SELECT name FROM visitors_v1 WHERE visitor = ?', PERSON)).toEqual([
    { name: NAME },
  ]);
  await rowsOf('UPDATE visitors_v1 SET name = NULL');
  expect(await stored()).not.toMatch(/canary/i);
});

test('PD1 a forgotten person is read by no route: late events, a rebuild, a restored D1', async () => {
  await house.post('/v1/projections/visitors/rebuild');
  await house.buildAll('visitors');
  expect(await shown()).toContain(NAME);
  const back = await savedDatabase(models.map(({ table: own }) => getTableName(own)));
  await ask('host', `/v1/subjects/${PERSON}/forget`, { reason: 'asked' });
  // The queue stands still, and no isolate has the key any more.
  expect(await shown()).not.toMatch(/canary/i);
  for (const name of ['visitors', 'guests']) {
    await house.post(`/v1/projections/${name}/rebuild`);
    await house.buildAll(name);
  }
  expect(await shown()).not.toMatch(/canary/i);
  const bring = await restoredDatabase(askRestore, async () => {
    await back();
    expect(await databaseText()).toContain(NAME);
  });
  await bring();
  await deliverAll();
  expect(await shown()).not.toMatch(/canary/i);
  await rowsOf('DROP TABLE kept_visitors_v1');
  expect(await stored()).not.toMatch(/canary/i);
  expect(await shown()).toContain('First');
});
