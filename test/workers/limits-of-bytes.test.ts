/** Pages and responses are limited by bytes, and a short one is never taken for the end. */
import { afterEach, expect, test } from 'vitest';
import { fingerprint } from '../../worker/commands/fingerprint.ts';
import {
  aggregateOf,
  deliver,
  env,
  evict,
  fetchWorker,
  get,
  keptMessages,
  request,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { closeAll, openLive } from './support/live-client.ts';

useKeptQueue();
afterEach(closeAll);

const PAGE_BYTES = 4_000_000;
const SECONDS = { timeout: 60_000 };

interface Answered {
  readonly outcome: string;
  readonly status: number;
  readonly version: number;
  readonly events: readonly { readonly version: number; readonly data: unknown }[];
  readonly eventsOmitted?: number;
  readonly replayed?: true;
}

/** A short line for each, which decides one event of so many bytes. */
async function workInLines(
  ids: readonly string[],
  noteLength: number,
  keyOf: (index: number) => string,
): Promise<Answered[]> {
  const lines = ids.map((id, index) =>
    JSON.stringify({
      aggregate: 'troublesome',
      id,
      command: 'WorkMuch',
      data: { events: 1, noteLength },
      idempotencyKey: keyOf(index),
    }),
  );
  const response = await fetchWorker('/v1/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  });
  const text = await response.text();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** So many events of 250 kB in one stream, by short commands. */
async function fill(id: string, events: number): Promise<void> {
  const answers = await workInLines(
    new Array(events).fill(id),
    250_000,
    (index) => `${id}-${index}`,
  );
  expect(answers.map(({ version }) => version)).toEqual(answers.map((_, index) => index + 1));
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

test(
  'L6 a stream of 40 MB is read in pages that lead to each other, in both directions',
  SECONDS,
  async () => {
    await fill('pages', 160);
    for (const [direction, expected] of [
      ['forwards', Array.from({ length: 160 }, (_, index) => index + 1)],
      ['backwards', Array.from({ length: 160 }, (_, index) => 160 - index)],
    ] as const) {
      const versions: number[] = [];
      let next: string | undefined =
        `/v1/streams/troublesome/pages?limit=140&direction=${direction}`;
      for (let pages = 0; next !== undefined; pages++) {
        const page = await get(next);
        expect(page.status).toBe(200);
        expect(bytesOf(page.body)).toBeLessThan(PAGE_BYTES * 1.05);
        const events: { version: number }[] = Array.isArray(page.body.events)
          ? page.body.events
          : [];
        expect(events.length).toBeGreaterThan(0);
        versions.push(...events.map(({ version }) => version));
        next = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
        expect(pages).toBeLessThan(12);
      }
      expect(versions).toEqual(expected);
    }
  },
);

test('L6 a page that ends with the stream leads nowhere, a page that ends with the limit does', async () => {
  await send('troublesome/exact', 'WorkMuch', { events: 3, noteLength: 1 });
  const linkOf = async (query: string) =>
    (await get(`/v1/streams/troublesome/exact?${query}`)).headers.get('link');
  expect(await linkOf('limit=3')).toBeNull();
  expect(await linkOf('limit=2')).toContain('after=2');
  expect(await linkOf('limit=2&direction=backwards')).toContain('after=2');
  expect(await linkOf('limit=3&direction=backwards')).toBeNull();
});

test('L6 a stream of 40 MB that D1 does not have reaches the journal', SECONDS, async () => {
  await fill('arrives', 160);
  const messages = keptMessages();
  await deliver(messages.slice(-1));
  expect(
    await rowsOf('SELECT count(*) AS events FROM journal WHERE stream = ?', 'troublesome/arrives'),
  ).toEqual([{ events: 160 }]);
  const verified = await request('/v1/verify', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(verified).toMatchObject({ status: 200, body: { differences: [] } });
});

test.for([
  ['40 of 250 kB', 40, 250_000],
  ['900 of 40 kB', 900, 40_000],
] as const)(
  'L5 a command that decides %s is refused, also under its key, and stores nothing',
  async ([name, events, noteLength]) => {
    const id = `much-${events}`;
    await send(`troublesome/${id}`, 'Work');
    for (const _time of ['first', 'again']) {
      expect(
        await send(
          `troublesome/${id}`,
          'WorkMuch',
          { events, noteLength },
          { 'idempotency-key': 'much' },
        ),
        name,
      ).toMatchObject({
        status: 413,
        body: { what: 'events of one command', limitBytes: PAGE_BYTES },
      });
      await evict(`troublesome/${id}`);
    }
    expect((await get(`/v1/aggregates/troublesome/${id}`)).body).toMatchObject({ version: 1 });
  },
);

test('L5 a command whose events fill a page returns all of them, also for a repeat of its key', async () => {
  const much = () =>
    send(
      'troublesome/full',
      'WorkMuch',
      { events: 15, noteLength: 260_000 },
      { 'idempotency-key': 'full' },
    );
  const first = await much();
  expect(first).toMatchObject({ status: 200, body: { version: 15 } });
  expect(first.body.events).toHaveLength(15);
  expect((await much()).body).toEqual({ ...first.body, replayed: true });
});

test(
  'L7 200 short commands that decide 200 kB each are stored, answered, and answered again',
  SECONDS,
  async () => {
    const work = () => workInLines(new Array(200).fill('many'), 200_000, (index) => `k-${index}`);
    const first = await work();
    expect(first.map(({ status }) => status)).toEqual(new Array(200).fill(200));
    expect(first.map(({ version }) => version)).toEqual(first.map((_, index) => index + 1));
    expect(bytesOf(first)).toBeLessThan(PAGE_BYTES * 1.05);
    const whole = first.filter(({ events }) => events.length === 1);
    expect(whole).toHaveLength(19);
    expect(whole.every((answer) => answer.eventsOmitted === undefined)).toBe(true);
    const short = first.filter(({ events }) => events.length === 0);
    expect(short.every((answer) => answer.eventsOmitted === 1)).toBe(true);
    await evict('troublesome/many');
    expect(await work()).toEqual(first.map((answer) => ({ ...answer, replayed: true })));
    expect((await get('/v1/aggregates/troublesome/many')).body).toMatchObject({ version: 200 });
  },
);

test(
  'L7 one call to an object is answered within a page, also when it repeats one large command',
  SECONDS,
  async () => {
    const data = { events: 15, noteLength: 260_000 };
    const command = (idempotencyKey: string) => ({
      name: 'WorkMuch',
      data,
      fingerprint: fingerprint('WorkMuch', data),
      actor: 'somebody',
      idempotencyKey,
    });
    const object = aggregateOf('troublesome/repeated');
    const keys = ['a', ...new Array(50).fill('b'), 'a'];
    for (const replays of [50, 52]) {
      const outcomes = await object.execute(keys.map(command));
      expect(bytesOf(outcomes)).toBeLessThan(PAGE_BYTES * 1.1);
      expect(outcomes[0]).toMatchObject({ version: 15, events: { length: 15 } });
      expect(outcomes.at(-1)).toMatchObject({ version: 15, events: [], eventsOmitted: 15 });
      const repeated = outcomes.filter((outcome) => 'replayed' in outcome);
      expect(repeated).toHaveLength(replays);
      await evict('troublesome/repeated');
    }
  },
);

test(
  'L7 the answers of a batch over many streams stay within a page for each window',
  SECONDS,
  async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `spread-${index}`);
    const answers = await workInLines(ids, 200_000, (index) => `spread-${index}`);
    expect(answers.map(({ status, version }) => [status, version])).toEqual(
      ids.map(() => [200, 1]),
    );
    expect(bytesOf(answers)).toBeLessThan(PAGE_BYTES * 1.05);
    expect(answers.filter(({ events }) => events.length === 1)).toHaveLength(19);
  },
);

const whatIf = (address: string, steps: readonly unknown[], query = '', from?: object) =>
  request(`/v1/simulate/${address}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ steps, ...(from && { from }) }),
  });

test('L8 a simulation of steps with large events counts omitted events, and has the last state', async () => {
  const steps = Array.from({ length: 100 }, () => ({
    command: 'WorkMuch',
    data: { events: 2, noteLength: 200_000 },
  }));
  const { status, body } = await whatIf('troublesome/what-if', steps);
  expect(status).toBe(200);
  expect(bytesOf(body)).toBeLessThan(PAGE_BYTES * 1.05);
  const played = Array.isArray(body.steps) ? body.steps : [];
  expect(played).toHaveLength(100);
  expect(played[0]).toMatchObject({ outcome: 'accepted', version: 2, events: [{}, {}] });
  expect(played[99]).toEqual({
    outcome: 'accepted',
    events: [],
    eventsOmitted: 2,
    version: 200,
    state: { worked: 200 },
  });
});

const kept = (length: number) => ({ command: 'Keep', data: 'x'.repeat(length) });

test('H62 a simulation returns the state after the last step alone, and after each on request', async () => {
  const statesOf = ({ body }: { body: Record<string, unknown> }) =>
    [body.steps].flat().map((step) => Object(step).state);
  const steps = Array(3).fill(kept(1));
  expect(statesOf(await whatIf('keeper/states', steps))).toEqual([
    undefined,
    undefined,
    { kept: ['x', 'x', 'x'] },
  ]);
  expect(statesOf(await whatIf('keeper/states', steps, '?states=all'))).toEqual([
    { kept: ['x'] },
    { kept: ['x', 'x'] },
    { kept: ['x', 'x', 'x'] },
  ]);
  expect(await whatIf('keeper/states', steps, '?states=some')).toMatchObject({ status: 400 });
});

test('H62 all states of a simulation take a megabyte at most', async () => {
  const steps = Array(100).fill(kept(1_000));
  const all = await whatIf('keeper/grows', steps, '?states=all');
  expect(all).toMatchObject({ status: 413, body: { what: 'answer with all states' } });
  const last = await whatIf('keeper/grows', steps);
  expect(last.status).toBe(200);
  expect(bytesOf(last.body)).toBeLessThan(3 * bytesOf(steps));
});

test('L8 a state that is larger than an answer may be is a problem, now, in the past and as a start', async () => {
  for (let index = 0; index < 17; index++) {
    expect((await send('keeper/large', 'Keep', 'x'.repeat(250_000))).status).toBe(200);
  }
  const problem = { status: 413, body: { type: '/problems/too-large', what: 'state' } };
  expect(await get('/v1/aggregates/keeper/large')).toMatchObject(problem);
  expect(await get('/v1/aggregates/keeper/large?version=17')).toMatchObject(problem);
  expect(await get('/v1/aggregates/keeper/large?version=15')).toMatchObject({ status: 200 });
  const what = (from: object) => whatIf('keeper/large', [kept(1)], '', from);
  expect(await what({ version: 17 })).toMatchObject(problem);
  expect(await what({ version: 15 })).toMatchObject({
    status: 200,
    body: { steps: [{ outcome: 'accepted' }] },
  });
  const outgrowing = [kept(200_000), kept(200_000), kept(1)];
  expect(await whatIf('keeper/large', outgrowing, '', { version: 15 })).toMatchObject(problem);
});

test(
  'L11 results that a Live object has no room for are refused, and find room when others are left',
  SECONDS,
  async () => {
    await send('product/seed', 'RegisterProduct', { name: 'Chai', priceCents: 1 });
    await deliver(keptMessages());
    await env.DB.prepare("INSERT INTO products_v1 VALUES ('main', 'wide', ?, 1, 0, 0)")
      .bind('x'.repeat(980_000))
      .run();
    const client = await openLive();
    const follow = (index: number) =>
      client.subscribe(`s-${index}`, 'products', { input: { limit: String(index + 10) } });
    for (let index = 0; index < 24; index++) {
      follow(index);
      await client.next('snapshot', `s-${index}`);
    }
    follow(24);
    expect(await client.next('error', 's-24')).toMatchObject({
      problem: { status: 503, type: '/problems/unavailable' },
    });
    client.send({ type: 'unsubscribe', id: 's-0' });
    client.send({ type: 'unsubscribe', id: 's-24' });
    follow(24);
    await client.next('snapshot', 's-24');
  },
);
