/** A batch in which something is wrong: that line is answered in its place, the others run. */
import { describe, expect, test } from 'vitest';
import { fetchWorker, get, useKeptQueue } from './support/harness.ts';
import {
  expectDescribed,
  expectNothingStored,
  expectProblem,
  type Kind,
} from './support/hostile.ts';

useKeptQueue();

const MEBIBYTE = 1_048_576;
/** A thousand objects take a while to wake. */
const MINUTE = { timeout: 60_000 };
const CHAI = { name: 'Chai', priceCents: 1800 };

function register(id: string, more: object = {}) {
  return { aggregate: 'product', id, command: 'RegisterProduct', data: CHAI, ...more };
}

type Line = Record<string, unknown>;

async function sendBatch(body: BodyInit, type: string): Promise<Line[]> {
  const init = { method: 'POST', headers: { 'content-type': type }, body };
  const response = await fetchWorker('/v1/commands', init);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const text = await response.text();
  return text
    .trimEnd()
    .split('\n')
    .map((line): Line => JSON.parse(line));
}

const sendLines = (lines: readonly string[]) =>
  sendBatch(lines.join('\n'), 'application/x-ndjson; charset=utf-8');
const sendArray = (commands: readonly unknown[]) =>
  sendBatch(JSON.stringify(commands), 'application/json');

/** Faults of a line, with their problem and place. */
const broken: [string, unknown, Kind, string?][] = [
  ['no object', 7, 'invalid', ''],
  ['no command', register('x', { command: undefined }), 'invalid', '/command'],
  ['an unknown field', register('x', { tenant: 'other' }), 'invalid', '/tenant'],
  ['a field of a prototype', register('x', { constructor: 1 }), 'invalid', '/constructor'],
  ['an unknown aggregate', register('x', { aggregate: '__proto__' }), 'unknown'],
  ['an unknown command', register('x', { command: 'constructor' }), 'unknown'],
  ['an odd id', register('a/b'), 'invalid'],
  ['a wrong field', register('x', { data: { ...CHAI, name: '' } }), 'invalid', '/data/name'],
  ['a surplus field', register('x', { data: { ...CHAI, a: 1 } }), 'invalid', '/data/a'],
  ['no data', register('x', { data: undefined }), 'invalid', '/data'],
  ['an odd key', register('x', { idempotencyKey: 'a b' }), 'invalid', '/idempotencyKey'],
  ['a reserved key', register('x', { idempotencyKey: 'ledge:1' }), 'invalid', '/idempotencyKey'],
  ['an odd version', register('x', { expectedVersion: -1 }), 'invalid', '/expectedVersion'],
  ['an odd time', register('x', { occurredAt: 'now' }), 'invalid', '/occurredAt'],
];

describe('H17 a line that is wrong is answered in its place', () => {
  test.each([
    ['array', sendArray],
    [
      'lines',
      (commands: readonly unknown[]) => sendLines(commands.map((one) => JSON.stringify(one))),
    ],
  ])('of the form %s', async (form, sendIn) => {
    const between = broken.flatMap(([, line], index) => [line, register(`${form}-${index}`)]);
    const answers = await sendIn(between);
    expect(answers).toHaveLength(between.length);
    for (const [index, [what, , kind, at]] of broken.entries()) {
      const answer = answers[index * 2];
      expect(answer, what).toMatchObject({ outcome: kind });
      expectDescribed(answer, kind);
      if (at !== undefined) expect(answer, what).toMatchObject({ errors: [{ at }] });
      const stream = `product/${form}-${index}`;
      expect(answers[index * 2 + 1]).toMatchObject({ status: 200, outcome: 'accepted', stream });
    }
    await expectNothingStored('product/x');
  });

  test('even when it is no JSON', async () => {
    const answers = await sendLines([
      JSON.stringify(register('good-1')),
      '{"aggregate":',
      '',
      '   \r',
      '['.repeat(1_000),
      '\ufeff{}',
      JSON.stringify(register('good-2')),
    ]);
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'invalid',
      'invalid',
      'invalid',
      'accepted',
    ]);
    for (const answer of answers.slice(1, 4)) expectDescribed(answer, 'invalid');
  });

  test('even when it is longer than one mebibyte', async () => {
    const long = JSON.stringify(
      register('long', { data: { ...CHAI, name: 'x'.repeat(MEBIBYTE) } }),
    );
    const answers = await sendLines([
      JSON.stringify(register('before')),
      long,
      JSON.stringify(register('after')).padEnd(MEBIBYTE, ' '),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 413, 200]);
    expectDescribed(answers[1], 'too-large');
    await expectNothingStored('product/long');
  });

  test('even when bytes in it are not UTF-8', async () => {
    const good = new TextEncoder().encode(`${JSON.stringify(register('utf-8'))}\n`);
    const bad = Uint8Array.of(0x22, 0xff, 0x22, 0x0a);
    const answers = await sendBatch(new Blob([bad, good]), 'application/x-ndjson');
    expect(answers.map(({ status }) => status)).toEqual([400, 200]);
  });
});

test('H18 answers come in the order of the lines, and commands of one stream run in theirs', async () => {
  const receive = { command: 'ReceiveStock', data: { quantity: 1 } };
  const lines = Array.from({ length: 450 }, (_, index) =>
    register(`order-${index % 7}`, index < 7 ? {} : receive),
  );
  const answers = await sendArray(lines);
  expect(answers.map(({ stream }) => stream)).toEqual(lines.map(({ id }) => `product/${id}`));
  expect(answers.map(({ version }) => version)).toEqual(
    lines.map((_, index) => 1 + Math.floor(index / 7)),
  );
});

test('H18 the first answers come before the last line is sent', async () => {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: readable,
  };
  const response = await fetchWorker('/v1/commands', init);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const window = Array.from({ length: 200 }, () => JSON.stringify(register('streamed'))).join('\n');
  void writer.write(encoder.encode(`${window}\n`));
  expect((await reader?.read())?.value).toMatch('"outcome":"accepted"');
  await writer.close();
  await reader?.cancel();
});

/** A command that is rejected: it runs and stores nothing. */
function ship(id: string) {
  return { aggregate: 'product', id, command: 'ShipStock', data: { order: 'o-1' } };
}

test(
  'H19 the stream after the thousandth is refused, those before it are not',
  MINUTE,
  async () => {
    const ids = Array.from({ length: 1_001 }, (_, index) => `wide-${index}`);
    const answers = await sendArray([...ids.map(ship), ship('wide-0')]);
    const refused = answers.flatMap(({ status }, index) => (status === 409 ? [] : [index]));
    expect(refused).toEqual([1_000]);
    expectDescribed(answers[1_000], 'invalid');
  },
);

test.each([
  ['commands', JSON.stringify(ship('long')), 409],
  ['lines that are no commands', '0', 400],
  ['lines that are no JSON', '{', 400],
])(
  'H60 %s after the ten-thousandth are refused with one line, those before are answered',
  MINUTE,
  async (_what, line, status) => {
    const answers = await sendLines(Array(20_000).fill(line));
    expect(answers).toHaveLength(10_001);
    expect(answers.slice(0, 10_000).every((answer) => answer.status === status)).toBe(true);
    expectDescribed(answers[10_000], 'invalid');
    expect(answers[10_000]).toMatchObject({
      errors: [{ message: expect.stringMatching(/10000 lines/) }],
    });
  },
);

test('H60 a body that never ends is left at the line after the ten-thousandth', async () => {
  const chunk = new TextEncoder().encode('0\n'.repeat(1_000));
  let chunks = 0;
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      chunks++;
      controller.enqueue(chunk);
    },
    cancel: () => left.resolve(),
  });
  const answers = await sendBatch(body, 'application/x-ndjson');
  await left.promise;
  expect(answers).toHaveLength(10_001);
  expect(chunks).toBeLessThan(15);
});

test('H61 an array of a mebibyte with half a million values is one problem', async () => {
  const body = `[${'0,'.repeat(500_000)}0]`;
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const answer = await expectProblem('invalid', '/v1/commands', init);
  expect(answer.body).toMatchObject({ errors: [{ message: expect.stringMatching(/values/) }] });
});

describe('H20 a batch that is wrong as a whole is one problem', () => {
  test.each<[string, Kind, BodyInit | null, string]>([
    ['no array', 'invalid', '{"aggregate":"product"}', 'application/json'],
    ['half of an array', 'invalid', `[${JSON.stringify(register('whole'))}`, 'application/json'],
    ['nothing', 'invalid', null, 'application/json'],
    ['no lines', 'invalid', null, 'application/x-ndjson'],
    ['an array over a mebibyte', 'too-large', ' '.repeat(MEBIBYTE + 1), 'application/json'],
    ['text', 'unsupported-media-type', '[]', 'text/plain'],
  ])('%s', async (_what, kind, body, type) => {
    const init = { method: 'POST', headers: { 'content-type': type }, body };
    await expectProblem(kind, '/v1/commands', init);
    expect((await get('/v1/streams/product/whole')).body).toMatchObject({ events: [] });
  });

  test('compressed', async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
    const init = { method: 'POST', headers, body: JSON.stringify(register('whole')) };
    await expectProblem('unsupported-media-type', '/v1/commands', init);
  });
});

test.each([
  ['an empty array', '[]', 'application/json'],
  ['empty lines', '\n \n\r\n', 'application/x-ndjson'],
])('H20 %s is answered with nothing', async (_what, body, type) => {
  const init = { method: 'POST', headers: { 'content-type': type }, body };
  const response = await fetchWorker('/v1/commands', init);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
});

test('H33 long lines of one stream are more than one call to its object', MINUTE, async () => {
  const note = 'x'.repeat(200_000);
  const line = { aggregate: 'troublesome', id: 'long', command: 'Work', data: { note } };
  const answers = await sendLines(new Array(200).fill(JSON.stringify(line)));
  expect(answers.map(({ version }) => version)).toEqual(answers.map((_, index) => index + 1));
});
