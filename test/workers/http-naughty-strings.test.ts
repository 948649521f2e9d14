/** The big list of naughty strings, as every free text of a domain and as every name that a caller chooses. */
import naughtyStrings from 'big-list-of-naughty-strings';
import { describe, expect, test } from 'vitest';
import { mapOf } from '../../core/values/persistent-map.ts';
import { deliver, fetchWorker, get, keptMessages, useKeptQueue } from './support/harness.ts';
import { expectDescribed, expectProblem } from './support/hostile.ts';

useKeptQueue();

const STRINGS: readonly string[] = naughtyStrings;

/** Each string is a stream of its own, and is read three times. */
const MINUTE = { timeout: 60_000 };

test('H23 the list is whole', () => {
  expect(STRINGS).toHaveLength(461);
});

type Answer = Record<string, unknown>;

interface BatchLine {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly idempotencyKey?: string;
}

async function sendAll(commands: readonly BatchLine[]): Promise<Answer[]> {
  const response = await fetchWorker('/v1/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(commands),
  });
  const lines = (await response.text()).trimEnd().split('\n');
  expect(lines).toHaveLength(commands.length);
  return lines.map((line): Answer => JSON.parse(line));
}

const CHAI = { name: 'Chai', priceCents: 1800 };
const LINE = { product: 'chai', quantity: 1, unitCents: 1, discountBp: 0 };
const register = { aggregate: 'product', command: 'RegisterProduct', data: CHAI };

/** The strings and their places in the list. */
const naughty = [...STRINGS.entries()];

function within(charactersMax: number): [number, string][] {
  return naughty.filter(([, text]) => text !== '' && text.length <= charactersMax);
}

/** Accepted are the strings within the limit, and only they; the others are problems. */
function expectLimit(answers: readonly Answer[], charactersMax: number): void {
  const accepted = naughty.filter(([index]) => answers[index]?.status === 200);
  expect(accepted).toEqual(within(charactersMax));
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    expectDescribed(answer, 'invalid');
  }
}

async function dataIn(stream: string): Promise<unknown[]> {
  const { body } = await get(`/v1/streams/${stream}?limit=1000`);
  return Object(body.events).map(({ data }: { readonly data: unknown }) => data);
}

async function stateOf(stream: string): Promise<unknown> {
  return (await get(`/v1/aggregates/${stream}`)).body.state;
}

/** What the query answers that the text completes. */
async function rowsOf(query: string, text: string): Promise<unknown> {
  return (await get(`/v1/queries/${query}${encodeURIComponent(text)}`)).body.rows;
}

/** Brings everything into the read models. */
async function project(): Promise<void> {
  const messages = keptMessages();
  const { acked } = await deliver(messages);
  expect(acked).toHaveLength(messages.length);
}

describe('H23 each string is returned by stream, state and query, or refused for its length', () => {
  test('as the name of a product', MINUTE, async () => {
    const id = (index: number) => `name-${index}`;
    const answers = await sendAll(
      naughty.map(([index, name]) => ({ ...register, id: id(index), data: { ...CHAI, name } })),
    );
    expectLimit(answers, 200);
    await project();
    for (const [index, name] of within(200)) {
      const stream = `product/${id(index)}`;
      expect(await dataIn(stream)).toEqual([{ ...CHAI, name }]);
      expect(await stateOf(stream)).toMatchObject({ name });
      const rows = await rowsOf('products?name=', name);
      expect(rows).toContainEqual(expect.objectContaining({ product: id(index), name }));
    }
  });

  test('as customer, country, product and reason of an order', MINUTE, async () => {
    const order = (index: number) => ({ aggregate: 'order', id: `order-${index}` });
    const placed = (text: string) => ({
      customer: text,
      country: text,
      channel: 'web',
      lines: [{ ...LINE, product: text }],
    });
    const answers = await sendAll(
      naughty.map(([index, text]) => ({
        ...order(index),
        command: 'PlaceOrder',
        data: placed(text),
      })),
    );
    expectLimit(answers, 128);
    await sendAll(
      within(128).map(([index, reason]) => ({
        ...order(index),
        command: 'CancelOrder',
        data: { reason },
      })),
    );
    await project();
    for (const [index, text] of within(128)) {
      const { id } = order(index);
      expect(await dataIn(`order/${id}`)).toMatchObject([placed(text), { reason: text }]);
      const row = { customer: text, country: text, status: 'cancelled' };
      expect(await stateOf(`order/${id}`)).toMatchObject(row);
      const rows = await rowsOf('orders-of-customer?customer=', text);
      expect(rows).toContainEqual(expect.objectContaining({ order: id, ...row }));
    }
  });

  test('as the order of a reservation, all of them keys of one state', async () => {
    const product = { aggregate: 'product', id: 'reserved' };
    await sendAll([
      { ...register, ...product },
      { ...product, command: 'ReceiveStock', data: { quantity: STRINGS.length } },
    ]);
    const reserve = { ...product, command: 'ReserveStock' };
    const answers = await sendAll(
      STRINGS.map((order) => ({ ...reserve, data: { order, quantity: 1 } })),
    );
    expectLimit(answers, 128);
    const orders = new Set(within(128).map(([, order]) => order));
    const [, , ...reserved] = await dataIn('product/reserved');
    expect(reserved).toEqual([...orders].map((order) => ({ order, quantity: 1 })));
    const reservations = mapOf([...orders].map((order) => [order, 1]));
    expect(await stateOf('product/reserved')).toMatchObject({ reservations });
  });

  test('for any text and key without a limit', async () => {
    const values = STRINGS.map((text) => [text, { [text]: { [text]: text } }]);
    const keep = { aggregate: 'keeper', id: 'all', command: 'Keep' };
    const answers = await sendAll(values.map((data) => ({ ...keep, data })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await dataIn('keeper/all')).toEqual(values.map((value) => ({ value })));
    expect(await stateOf('keeper/all')).toEqual({ kept: values });
  });
});

/** As in the README: an id is 1 to 128 of these, and not `.` or `..`. */
const isId = (text: string) => /^[\w.~-]{1,128}$/.test(text) && !/^\.{1,2}$/.test(text);

describe('H23 each string as a name', () => {
  test('of an aggregate’s id is one by its alphabet, or leads nowhere', async () => {
    const answers = await sendAll(STRINGS.map((id) => ({ ...register, id })));
    for (const [index, id] of STRINGS.entries()) {
      const answer = answers[index];
      const path = `/v1/aggregates/product/${encodeURIComponent(id)}`;
      if (isId(id)) {
        expect(answer).toMatchObject({ status: 200, stream: `product/${id}` });
        expect((await get(path)).body).toMatchObject({ stream: `product/${id}` });
      } else {
        expect(answer).toMatchObject({ status: 400, errors: [{ at: 'id' }] });
        await expectProblem(isSegment(id) ? 'invalid' : 'unknown', path);
      }
    }
  });

  test('of an idempotency key is one by its alphabet, or refused', async () => {
    const commands = STRINGS.map((idempotencyKey, index) => ({
      ...register,
      id: `key-${index}`,
      idempotencyKey,
    }));
    const answers = await sendAll(commands);
    for (const [index, key] of STRINGS.entries()) {
      const answer = answers[index];
      if (/^[\w.~:+=-]{1,128}$/.test(key)) expect(answer).toMatchObject({ status: 200 });
      else expect(answer).toMatchObject({ status: 400, errors: [{ at: '/idempotencyKey' }] });
    }
  });

  test('of an aggregate or a command is not known', async () => {
    const wrong = STRINGS.flatMap((name) => [
      { ...register, id: 'x', aggregate: name },
      { ...register, id: 'x', command: name },
    ]);
    for (const answer of await sendAll(wrong)) expect(answer).toMatchObject({ status: 404 });
  });
});

/** What a URL does not swallow. */
function isSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..';
}
