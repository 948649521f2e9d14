/** Domain functions that mutate their input. The decided events are stored unchanged. */
import { createExecutionContext, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { impureBasket, impureProjection, impureReactor, mutations } from '../controls/impure.ts';
import { deployment } from './support/deployment.ts';
import { basket, wholeApp } from './support/entry.ts';
import { env, evict, keptMessages, objectOf, rowsOf, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const { post, get } = deployment(wholeApp);

interface WithEvents {
  readonly events: readonly { readonly data: unknown }[];
}

const fillingOf = (label: string) => ({ items: ['b', 'a'], label: { text: label } });
const fill = (id: string, label: string) =>
  post(`/v1/commands/basket/${id}/Fill`, fillingOf(label));

async function stateOf(id: string, moment = ''): Promise<unknown> {
  return (await get(`/v1/aggregates/basket/${id}${moment}`)).body.state;
}

/** The state as memory has it, which has to be the one that storage has. */
async function stateWarmAndCold(id: string): Promise<unknown> {
  const warm = await stateOf(id);
  await evict(`basket/${id}`);
  expect(await stateOf(id)).toEqual(warm);
  return warm;
}

function storedTexts(id: string): Promise<string[]> {
  return runInDurableObject(objectOf(`basket/${id}`), (_object, { storage }) =>
    storage.sql
      .exec<{ data: string }>('SELECT data FROM event ORDER BY version')
      .toArray()
      .map(({ data }) => data),
  );
}

async function sendTogether(id: string, ...commands: [string, object][]): Promise<string[]> {
  const lines = commands.map(([command, data]) => ({ aggregate: 'basket', id, command, data }));
  const response = await deployment(wholeApp).worker.fetch(
    new Request('http://ledge.test/v1/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lines),
    }),
    env,
    createExecutionContext(),
  );
  const text = (await response.text()).trim();
  return text.split('\n').map((line) => JSON.parse(line).outcome);
}

describe.each(Object.keys(mutations))('D7 an evolve that %s its event', (mutation) => {
  const id = mutation.replaceAll(' ', '-');
  const label = `evolve ${mutation}`;

  test('changes neither the log, nor the outcome, nor the message, and the state is one', async () => {
    const { body } = await fill(id, label);
    const decided = fillingOf(label);
    expect((body as unknown as WithEvents).events).toMatchObject([{ data: decided }]);
    expect(await storedTexts(id)).toEqual([JSON.stringify(decided)]);
    const [message = '{}'] = keptMessages();
    expect((JSON.parse(message) as WithEvents).events).toMatchObject([{ data: decided }]);
    await stateWarmAndCold(id);
  });
});

test.each(Object.keys(mutations))(
  'D8 a decide that %s its command fails loudly',
  async (mutation) => {
    const id = `decide-${mutation.replaceAll(' ', '-')}`;
    expect((await fill(id, `decide ${mutation}`)).status).toBe(500);
    expect((await get(`/v1/streams/basket/${id}`)).body.events).toEqual([]);
  },
);

describe('D8 a command that throws leaves nothing', () => {
  test.each(Object.keys(mutations))('of a state that it %s', async (mutation) => {
    const id = `break-${mutation.replaceAll(' ', '-')}`;
    await fill(id, `state ${mutation}`);
    const before = await stateOf(id);
    expect((await post(`/v1/commands/basket/${id}/Break`)).status).toBe(500);
    expect(await stateWarmAndCold(id)).toEqual(before);
  });

  test('between commands of the same call, whose states are mutated', async () => {
    const filling = ['Fill', fillingOf('in place')] as [string, object];
    await sendTogether('between', filling);
    const outcomes = await sendTogether('between', filling, ['Break', {}], filling);
    expect(outcomes).toEqual(['accepted', 'failed', 'accepted']);
    expect(await stateWarmAndCold('between')).toEqual({
      fillings: Array(3).fill(fillingOf('in place')),
    });
  });
});

test('W16 a snapshot holds the state of its version, though the commands after it grow it in place', async () => {
  const filling = ['Fill', fillingOf('in place')] as [string, object];
  await sendTogether('snapshot', filling, filling, filling);
  const kept = await runInDurableObject(objectOf('basket/snapshot'), (_object, { storage }) =>
    storage.sql.exec<{ version: number; state: string }>('SELECT * FROM snapshot').toArray(),
  );
  expect(kept.map(({ version, state }) => [version, JSON.parse(state).fillings.length])).toEqual([
    [2, 2],
  ]);
  expect(await stateWarmAndCold('snapshot')).toEqual({
    fillings: Array(3).fill(fillingOf('in place')),
  });
});

describe.each(Object.entries(mutations))('D6 when a handler %s its event', (mutation, mutate) => {
  beforeEach(async () => {
    const tables = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
    await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
    for (const table of ['impure_baskets_v1', 'neighbour_baskets_v1']) {
      await rowsOf(`CREATE TABLE IF NOT EXISTS ${table} (tenant TEXT NOT NULL, id TEXT NOT NULL,
        items TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
    }
  });

  const journalled = () => rowsOf<{ data: string }>('SELECT data, schema_version FROM journal');
  const parked = async () =>
    (await rowsOf<{ generation: string }>('SELECT generation FROM dead_letter ORDER BY id')).map(
      ({ generation }) => generation,
    );

  test('the journal has what the log has, and the other projection its row', async () => {
    const id = `handled-${mutation.replaceAll(' ', '-')}`;
    const app = defineApp({
      ...wholeApp,
      sagas: [],
      projections: [impureProjection(basket, mutate), impureProjection(basket)],
      reactors: [impureReactor(basket, mutate)],
    });
    const impure = deployment(app);
    await fill(id, 'none');
    expect(await impure.deliver(keptMessages())).toBe(0);
    expect(await journalled()).toEqual([
      { data: JSON.stringify(fillingOf('none')), schema_version: 1 },
    ]);
    expect((await impure.get(`/v1/queries/neighbour/${id}`)).body).toMatchObject({ items: 'b,a' });
    expect(await parked()).toEqual(['impure-reactor@1', 'impure@1']);
  });

  test('an upcaster, the journal has the stored shape, and the feed says that it is unreadable', async () => {
    const lifting = impureBasket({ upcast: mutate });
    const others = wholeApp.aggregates.filter(({ name }) => name !== 'basket');
    const impure = deployment(
      defineApp({ aggregates: [...others, lifting], projections: [impureProjection(lifting)] }),
    );
    await fill(`lifted-${mutation.replaceAll(' ', '-')}`, 'none');
    await impure.deliver(keptMessages());
    expect(await journalled()).toEqual([
      { data: JSON.stringify(fillingOf('none')), schema_version: 1 },
    ]);
    expect(await parked()).toEqual(['neighbour@1']);
    const { events } = (await impure.get('/v1/events')).body as { events: object[] };
    expect(events).toMatchObject([{ data: fillingOf('none'), unreadable: expect.any(String) }]);
  });
});
