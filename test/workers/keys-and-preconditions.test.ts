/** Repeats under an idempotency key, and preconditions of commands. */
import { describe, expect, test } from 'vitest';
import { aggregateOf, evict, fetchWorker, get, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const chai = { name: 'Chai', priceCents: 1800 };
const keyed = (occurredAt?: string) => ({
  'idempotency-key': 'one',
  ...(occurredAt !== undefined && { 'occurred-at': occurredAt }),
});

async function versionsOf(stream: string): Promise<number[]> {
  const { body } = await get(`/v1/streams/${stream}`);
  return (body.events as { version: number }[]).map(({ version }) => version);
}

/** Registers chai by a line of a batch. */
async function sendLine(id: string, options: object): Promise<Record<string, unknown>> {
  const line = { aggregate: 'product', id, command: 'RegisterProduct', data: chai, ...options };
  const response = await fetchWorker('/v1/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: JSON.stringify(line),
  });
  return JSON.parse(await response.text());
}

const NOON = '1996-07-04T12:00:00Z';
let count = 0;

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
] as const)('%s', ([memory, between]) => {
  const fresh = () => `${memory}-${++count}`;

  test.for([
    ['another time', NOON, '1996-07-05T12:00:00Z'],
    ['no time', NOON, undefined],
    ['a time where there was none', undefined, NOON],
  ] as const)('W14 a repeat that says %s is refused with 422', async ([_what, before, after]) => {
    const id = fresh();
    const stream = `product/${id}` as const;
    await send(stream, 'RegisterProduct', chai, keyed(before));
    await between(stream);
    const repeat = await send(stream, 'RegisterProduct', chai, keyed(after));
    expect(repeat).toMatchObject({ status: 422, body: { type: '/problems/key-reused' } });
    const options = { idempotencyKey: 'one', ...(after !== undefined && { occurredAt: after }) };
    expect(await sendLine(id, options)).toMatchObject({ status: 422, outcome: 'key-reused' });
    expect(await versionsOf(stream)).toEqual([1]);
  });

  test('W14 the same time in another zone is a repeat, on its own and in a batch', async () => {
    const id = fresh();
    const stream = `product/${id}` as const;
    await send(stream, 'RegisterProduct', chai, keyed(NOON));
    await between(stream);
    const again = await send(stream, 'RegisterProduct', chai, keyed('1996-07-04T14:00:00+02:00'));
    expect(again.body).toMatchObject({ outcome: 'accepted', replayed: true });
    const options = { idempotencyKey: 'one', occurredAt: '1996-07-04T11:00:00-01:00' };
    expect(await sendLine(id, options)).toMatchObject({ outcome: 'accepted', replayed: true });
    expect(await versionsOf(stream)).toEqual([1]);
  });

  test("W13 under one of the runtime's own keys a repeat is recognized with any data", async () => {
    const stream = `product/${fresh()}`;
    const register = (name: string) =>
      aggregateOf(stream).execute([
        {
          name: 'RegisterProduct',
          data: { ...chai, name },
          fingerprint: name,
          actor: 'ledge:reactor/mended',
          idempotencyKey: 'ledge:reactor/mended/order/o-1@1/0',
        },
      ]);
    const [first] = await register('Chai');
    await between(stream);
    expect(await register('Chang')).toEqual([{ ...first, replayed: true }]);
    expect(await versionsOf(stream)).toEqual([1]);
  });

  /** Version 1 of the stream is there, or nothing is. */
  test.for([
    ['there', '"1"', '*', 412],
    ['there', 'W/"1"', '*', 412],
    ['there', '"7"', '*', 412],
    ['there', '"0"', '*', 412],
    ['not there', '"0"', '*', 200],
    ['not there', '"1"', '*', 412],
    ['there', '*', '*', 400],
    ['there', '"1", "7"', '*', 400],
    ['there', '"1"', '"7"', 400],
    ['there', '"1"', 'W/"7"', 400],
    ['there', '"1"', '"7", "8"', 400],
    ['not there', '"0"', '', 400],
  ] as const)(
    'W15 on a stream that is %s, If-Match %s and If-None-Match %s are %d',
    async ([where, match, noneMatch, status]) => {
      const stream = `product/${fresh()}` as const;
      const before = where === 'there' ? [1] : [];
      if (where === 'there') {
        await send(stream, 'RegisterProduct', chai);
        await between(stream);
      }
      const both = { 'if-match': match, 'if-none-match': noneMatch };
      const command = where === 'there' ? 'ReceiveStock' : 'RegisterProduct';
      const data = where === 'there' ? { quantity: 1 } : chai;
      const answer = await send(stream, command, data, both);
      expect(answer.status).toBe(status);
      if (status === 412) expect(answer.body).toMatchObject({ actual: before.length });
      expect(await versionsOf(stream)).toEqual(status === 200 ? [1] : before);
    },
  );
});
