/** A decider of Emmett in real objects: stored, rejected and replayed like any aggregate of Ledge. */
import { expect, test } from 'vitest';
import { emmettEvents } from '../../cli/import/emmett-messages.ts';
import type { ImportEvent } from '../../cli/import/source-input.ts';
import { type CartEvent, cartDecider } from '../../docs/samples/emmett/cart-decider.ts';
import recorded from '../fixtures/emmett/emt-messages.json' with { type: 'json' };
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { env, evict } from './support/harness.ts';

const { post, get, worker } = deployment(wholeApp);

const tea = (quantity: number) => ({ item: 'tea', quantity });

test('EA6 a decider of Emmett decides in its object, warm and cold', async () => {
  const path = (command: string) => `/v1/commands/cart/c-1/${command}`;
  expect(await post(path('AddItem'), tea(2))).toMatchObject({
    status: 200,
    body: { version: 1, events: [{ type: 'ItemAdded', data: tea(2) }] },
  });
  await evict('cart/c-1');
  expect(await post(path('RemoveItem'), tea(3))).toMatchObject({
    status: 409,
    body: { reason: 'illegal-state', details: { message: expect.stringContaining('tea') } },
  });
  expect(await post(path('AddItem'), { item: '', quantity: 1 })).toMatchObject({ status: 400 });
  expect(await post(path('ConfirmCart'), {})).toMatchObject({ body: { version: 2 } });
  const confirmed = await get('/v1/aggregates/cart/c-1');
  expect(confirmed.body).toMatchObject({ version: 2, state: { status: 'Confirmed' } });
  const stream = await get('/v1/streams/cart/c-1');
  const [, { recordedAt = '', data = {} } = {}] = (stream.body as unknown as Stream).events;
  expect(data).toEqual({ confirmedAt: recordedAt });
});

interface Stream {
  readonly events: readonly { recordedAt: string; data: object }[];
}

test('EA8 what Emmett has written to PostgreSQL is imported, and folds to the state of its own decider', async () => {
  const carts: ImportEvent[] = [];
  for await (const event of emmettEvents(recorded)) {
    if (event.aggregate === 'cart') carts.push(event);
  }
  const ofFirst = carts.filter(({ aggregateId }) => aggregateId === 'c-1');
  const own = carts.map((event) => ({ ...event, aggregateId: `moved-${event.aggregateId}` }));
  const request = new Request('http://ledge.test/v1/import/events', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(own),
  });
  const text = await (await worker.fetch(request, env)).text();
  const outcomes = text.trimEnd().split('\n');
  expect(outcomes.map((line) => JSON.parse(line).status)).toEqual(carts.map(() => 200));
  const state = ofFirst.reduce(
    // As Emmett folds them.
    (cart, { type, data }) => cartDecider.evolve(cart, { type, data } as CartEvent),
    cartDecider.initialState(),
  );
  const { body } = await get('/v1/aggregates/cart/moved-c-1');
  expect(body).toMatchObject({ version: ofFirst.length, state });
  expect(await post('/v1/commands/cart/moved-c-2/ConfirmCart', {})).toMatchObject({ status: 200 });
});
