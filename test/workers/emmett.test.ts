/** A decider of Emmett in real objects: stored, rejected and replayed like any aggregate of Ledge. */
import { expect, test } from 'vitest';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { evict } from './support/harness.ts';

const { post, get } = deployment(wholeApp);

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
