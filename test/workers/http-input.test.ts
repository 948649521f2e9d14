/** Everything that can be wrong with a request: refused at the door, with nothing woken and nothing stored. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTables, get, resetFaults } from './support/harness.ts';
import { expectNothingStored, expectProblem, type Kind, objectCount } from './support/hostile.ts';

const MEBIBYTE = 1_048_576;
const REGISTER = '/v1/commands/product/victim/RegisterProduct';
const PLACE = '/v1/commands/order/victim/PlaceOrder';
const CHAI = { name: 'Chai', priceCents: 1800 };
const LINE = { product: 'chai', quantity: 1, unitCents: 1800, discountBp: 0 };
const ORDER = { customer: 'ALFKI', country: 'DE', lines: [LINE, LINE] };

const objectPrototype = Reflect.ownKeys(Object.prototype);
let objects = 0;

beforeAll(async () => {
  await createTables();
  for (const stream of ['product/victim', 'order/victim']) await expectNothingStored(stream);
  // The directory is asked once for each tenant, by the first read that waits for a stream.
  await get('/v1/queries/orders', { 'consistent-with': 'order/victim@1' });
  objects = await objectCount();
});
beforeEach(resetFaults);
afterEach(() => expect(Reflect.ownKeys(Object.prototype)).toEqual(objectPrototype));

async function expectUntouched(): Promise<void> {
  expect(await objectCount()).toBe(objects);
  await expectNothingStored('product/victim');
  await expectNothingStored('order/victim');
}

function post(body: BodyInit | null, headers: HeadersInit = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
}

function postJson(data: unknown, headers: HeadersInit = {}): RequestInit {
  return post(JSON.stringify(data), headers);
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...utf8(part)] : [part])));
const utf16 = (text: string, highFirst: boolean) =>
  bytes(
    ...[...text].flatMap((character) => {
      const code = character.charCodeAt(0);
      return highFirst ? [code >> 8, code & 0xff] : [code & 0xff, code >> 8];
    }),
  );

describe('H2 a body that is not JSON in UTF-8 is refused', () => {
  const text = JSON.stringify(CHAI);
  test.each([
    ['nothing at all', null],
    ['an empty text', ''],
    ['half of an object', '{"name":"Chai"'],
    ['a comma too many', '{"name":"Chai","priceCents":1800,}'],
    ['single quotes', "{'name':'Chai','priceCents':1800}"],
    ['something after the end', `${text} x`],
    ['two documents', `${text}${text}`],
    ['a comment', `${text} // cheap`],
    ['NaN', '{"name":"Chai","priceCents":NaN}'],
    ['a number with a leading zero', '{"name":"Chai","priceCents":01800}'],
    ['a control character in a string', '{"name":"Ch\nai","priceCents":1800}'],
    ['bytes that are not UTF-8', bytes('{"name":"Ch', 0xff, 'ai","priceCents":1800}')],
    ['half of a character', bytes('{"name":"Chai', 0xf0, 0x9f, '","priceCents":1800}')],
    [
      'half of a surrogate pair as bytes',
      bytes('{"name":"', 0xed, 0xa0, 0x80, '","priceCents":1}'),
    ],
    ['half of a surrogate pair as escape', '{"name":"\\ud83d","priceCents":1800}'],
    ['half of a surrogate pair in a key', '{"name":"Chai","priceCents":1800,"\\uDE00":1}'],
    ['NUL in a string', '{"name":"Ch\\u0000ai","priceCents":1800}'],
    ['a key twice', '{"name":"Chai","priceCents":1800,"name":"Tea"}'],
    ['a byte order mark', bytes(0xef, 0xbb, 0xbf, text)],
    ['UTF-16 with a byte order mark', bytes(0xff, 0xfe, ...utf16(text, false))],
    ['UTF-16, low byte first', utf16(text, false)],
    ['UTF-16, high byte first', utf16(text, true)],
    ['gzip labelled as JSON', bytes(0x1f, 0x8b, 0x08, 0x00, 0x00)],
    ['brackets 65 deep', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['braces 65 deep', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`],
  ])('%s', async (_what, body) => {
    await expectProblem('invalid', REGISTER, post(body));
    await expectUntouched();
  });
});

test('H2 a mebibyte of brackets is refused by its depth, before it is parsed', async () => {
  const bomb = post('['.repeat(MEBIBYTE));
  const { body } = await expectProblem('invalid', '/v1/commands', bomb);
  expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(/nested/) }] });
  await expectUntouched();
});

describe('H3 a body of another media type is refused', () => {
  test.each([
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['lines, where one command is expected', { 'content-type': 'application/x-ndjson' }],
    ['two types', { 'content-type': 'application/json, text/plain' }],
    ['gzip', { 'content-encoding': 'gzip' }],
    ['deflate over identity', { 'content-encoding': 'identity, deflate' }],
  ])('%s', async (_what, headers) => {
    await expectProblem('unsupported-media-type', REGISTER, postJson(CHAI, headers));
    await expectUntouched();
  });

  test('no type', async () => {
    const init = { method: 'POST', body: utf8(JSON.stringify(CHAI)) };
    await expectProblem('unsupported-media-type', REGISTER, init);
    await expectUntouched();
  });
});

describe('H4 a body over one mebibyte is refused', () => {
  /** `size` bytes of JSON: white space counts. */
  const padded = (size: number) => JSON.stringify(CHAI).padEnd(size, ' ');

  test('with its length', async () => {
    const init = post(padded(MEBIBYTE + 1), { 'content-length': String(MEBIBYTE + 1) });
    await expectProblem('too-large', REGISTER, init);
    await expectUntouched();
  });

  test('without its length, while it streams', async () => {
    const long = whiteSpace(65_536);
    const { body } = await expectProblem('too-large', REGISTER, post(long.stream));
    expect(body).toMatchObject({ limitBytes: MEBIBYTE });
    expect(long.sentBytes()).toBeLessThan(2 * MEBIBYTE);
    await expectUntouched();
  });

  test('with a length that is too small', async () => {
    const init = post(whiteSpace(65_536).stream, { 'content-length': '10' });
    const { body } = await expectProblem('too-large', REGISTER, init);
    expect(body).toMatchObject({ limitBytes: MEBIBYTE });
    await expectUntouched();
  });
});

/** Sixteen mebibytes of white space, and the number of bytes that were read. */
function whiteSpace(chunkBytes: number) {
  let sentBytes = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sentBytes === 16 * MEBIBYTE) return controller.close();
      sentBytes += chunkBytes;
      controller.enqueue(new Uint8Array(chunkBytes).fill(0x20));
    },
  });
  return { stream, sentBytes: () => sentBytes };
}

const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

describe('H5 a name that the app does not define is not found', () => {
  const names = ['nothing', 'ORDER', '%00', '%F0%9F%98%80', "order'--", ...PROTOTYPE_NAMES];
  test.each(names)('%s', async (name) => {
    await expectProblem('unknown', `/v1/commands/${name}/victim/PlaceOrder`, postJson(ORDER));
    await expectProblem('unknown', `/v1/commands/order/victim/${name}`, postJson(ORDER));
    await expectProblem('unknown', `/v1/aggregates/${name}/victim`);
    await expectProblem('unknown', `/v1/simulate/${name}/victim`, postJson({ steps: [] }));
    await expectProblem('unknown', `/v1/streams/${name}/victim`);
    await expectProblem('unknown', `/v1/streams/${name}`);
    await expectProblem('unknown', `/v1/queries/${name}`);
    await expectProblem('unknown', `/v1/queries/${name}/victim`);
    await expectProblem('unknown', `/problems/${name}`);
    await expectUntouched();
  });

  test('a row that is not there', async () => {
    for (const key of ['nothing', "'--", '%00', '%F0%9F%98%80', ...PROTOTYPE_NAMES]) {
      await expectProblem('unknown', `/v1/queries/orders/${key}`);
    }
  });
});

describe('H6 an id that is not valid in a name is refused', () => {
  test.each([
    ['a slash', 'a%2Fb'],
    ['a way up', '%2e%2e%2fother'],
    ['an emoji', '%F0%9F%98%80'],
    ['NUL', '%00'],
    ['a space', 'a%20b'],
    ['a line break', 'a%0d%0aset-cookie:%20a=b'],
    ['a percent sign', '%25'],
    ['a broken escape', '%'],
    ['bytes that are not UTF-8', '%ff'],
    ['a quote', "a'--"],
    ['an at sign', 'a@1'],
    ['a colon', 'ledge:a'],
    ['129 characters', 'a'.repeat(129)],
  ])('%s', async (_what, id) => {
    const paths = [`/v1/aggregates/order/${id}`, `/v1/streams/order/${id}`];
    for (const path of paths) {
      expect((await expectProblem('invalid', path)).body).toMatchObject({ errors: [{ at: 'id' }] });
    }
    await expectProblem('invalid', `/v1/commands/order/${id}/PlaceOrder`, postJson(ORDER));
    await expectUntouched();
  });

  test.each(['', '..', '.', '%2e%2E'])('and "%s" is no id but another address', async (id) => {
    await expectProblem('unknown', `/v1/aggregates/order/${id}`);
    await expectProblem('unknown', `/v1/commands/order/${id}/PlaceOrder`, postJson(ORDER));
    await expectUntouched();
  });
});

describe('H7 data that the schema refuses is answered with every place', () => {
  const { country: _country, ...withoutCountry } = ORDER;
  test.each<[string, unknown, string[]]>([
    ['null', null, ['']],
    ['a text', 'PlaceOrder', ['']],
    ['an array', [ORDER], ['']],
    ['a missing field', withoutCountry, ['/country']],
    ['a wrong type', { ...ORDER, customer: 7 }, ['/customer']],
    ['an empty text', { ...ORDER, customer: '' }, ['/customer']],
    ['an empty array', { ...ORDER, lines: [] }, ['/lines']],
    ['a field of an element', order({ quantity: 0 }), ['/lines/1/quantity']],
    ['a fraction', order({ quantity: 1.5 }), ['/lines/1/quantity']],
    ['a number in quotes', order({ unitCents: '1800' }), ['/lines/1/unitCents']],
    ['an unknown field', { ...ORDER, discount: 1 }, ['/discount']],
    ['an unknown field of an element', order({ colour: 'red' }), ['/lines/1/colour']],
    ['a slash and a tilde in a name', { ...ORDER, 'a/b~c': 1 }, ['/a~1b~0c']],
    [
      'names of a prototype',
      { ...ORDER, constructor: 1, toString: 1 },
      ['/constructor', '/toString'],
    ],
    ['many things', { ...ORDER, customer: 1, lines: [null] }, ['/customer', '/lines/0']],
  ])('%s', async (_what, data, places) => {
    const { body } = await expectProblem('invalid', PLACE, postJson(data));
    expect(pointers(body)).toEqual(places);
    await expectUntouched();
  });

  test.each([
    ['a number beyond all numbers', '1e400'],
    ['an integer that JSON would round', '9007199254740993'],
  ])('%s', async (_what, number) => {
    await expectProblem('invalid', REGISTER, post(`{"name":"Chai","priceCents":${number}}`));
    await expectUntouched();
  });

  test.each([
    ['a field', '{"name":"Chai","priceCents":1800,"__proto__":{"admin":true}}'],
    ['the whole', '{"__proto__":{"name":"Chai","priceCents":1800}}'],
    ['an escaped field', '{"name":"Chai","priceCents":1800,"\\u005f_proto__":1}'],
  ])('__proto__ as %s', async (_what, text) => {
    await expectProblem('invalid', REGISTER, post(text));
    await expectUntouched();
  });
});

function order(secondLine: object): object {
  return { ...ORDER, lines: [LINE, { ...LINE, ...secondLine }] };
}

function pointers(problem: unknown): unknown {
  const listed = typeof problem === 'object' && problem !== null && 'errors' in problem;
  return listed && Array.isArray(problem.errors) ? problem.errors.map(({ at }) => at) : [];
}

describe('H7 a simulation that the app cannot play is refused', () => {
  const place = { command: 'PlaceOrder', data: ORDER };
  test.each<[string, Kind, unknown, string?]>([
    ['nothing', 'invalid', {}, '/steps'],
    ['an unknown field', 'invalid', { steps: [], store: true }, '/store'],
    ['no step', 'invalid', { steps: [{}] }],
    ['a step that is both', 'invalid', { steps: [{ ...place, event: { type: 'x', data: 1 } }] }],
    ['two moments', 'invalid', { from: { version: 1, at: '2026-01-01T00:00:00Z' }, steps: [] }],
    ['a version that is not there', 'invalid', { from: { version: 9 }, steps: [] }],
    ['wrong data', 'invalid', { steps: [place, { ...place, data: {} }] }, '/steps/1/data/customer'],
    ['an unknown command', 'unknown', { steps: [{ command: 'constructor', data: {} }] }],
    ['an unknown event', 'unknown', { steps: [{ event: { type: '__proto__', data: {} } }] }],
    ['101 steps', 'invalid', { steps: Array(101).fill(place) }, '/steps'],
  ])('%s', async (_what, kind, input, place) => {
    const { body } = await expectProblem(kind, '/v1/simulate/order/victim', postJson(input));
    if (place !== undefined) expect(pointers(body)).toContain(place);
    await expectUntouched();
  });

  test('text', async () => {
    const init = post('{"steps":[]}', { 'content-type': 'text/plain' });
    await expectProblem('unsupported-media-type', '/v1/simulate/order/victim', init);
  });
});

describe('H8 an invalid header is refused', () => {
  test.each([
    ['Idempotency-Key', ''],
    ['Idempotency-Key', 'two words'],
    ['Idempotency-Key', 'one, two'],
    ['Idempotency-Key', 'sl/ash'],
    ['Idempotency-Key', 'a'.repeat(129)],
    ['Idempotency-Key', 'ledge:saga-1'],
    ['Idempotency-Key', '"ledge:saga-1"'],
    ['If-None-Match', '"1"'],
    ['If-None-Match', ''],
    ['If-Match', ''],
    ['If-Match', '*'],
    ['If-Match', 'seven'],
    ['If-Match', '"-1"'],
    ['If-Match', '"1", "2"'],
    ['If-Match', '"1.5"'],
    ['If-Match', '"99999999999999999999"'],
    ['Occurred-At', '0000-01-01T00:00:00+23:59'],
    ['Occurred-At', '9999-12-31T23:59:59-23:59'],
    ['Occurred-At', ''],
    ['Occurred-At', 'yesterday'],
    ['Occurred-At', '2026-02-30T00:00:00Z'],
    ['Occurred-At', '2026-01-01T00:00:00'],
    ['Occurred-At', '2026-01-01'],
    ['Occurred-At', '1767225600'],
  ])('%s: %s', async (name, value) => {
    await expectProblem('invalid', REGISTER, postJson(CHAI, { [name]: value }));
    await expectUntouched();
  });

  test.each([
    ['no token', 'soon'],
    ['an aggregate that is not defined', 'nothing/victim@1'],
    ['an id that is none', 'order/a b@1'],
    ['a version that is none', 'order/victim@-1'],
    ['too many tokens', Array(21).fill('order/victim@0').join()],
    ['a version that the stream does not have', 'order/victim@1'],
  ])('Consistent-With: %s', async (_what, value) => {
    const headers = { 'consistent-with': value };
    for (const path of ['/v1/queries/orders', '/v1/queries/orders/victim']) {
      await expectProblem('invalid', path, { headers });
    }
    await expectUntouched();
  });
});

describe('H9 a parameter that is not declared, or not so, is refused', () => {
  test.each([
    '/v1/queries/orders?limit=0',
    '/v1/queries/orders?limit=1001',
    '/v1/queries/orders?limit=many',
    '/v1/queries/orders?limit=1.5',
    '/v1/queries/orders?limit=',
    '/v1/queries/orders?limit=1e2',
    '/v1/queries/orders?limit=1&limit=1',
    '/v1/queries/orders?status.prefix=p',
    '/v1/queries/orders?netCents.gte=1',
    '/v1/queries/orders?sort=tenant',
    '/v1/queries/orders?sort=shippedAt',
    '/v1/queries/orders?sort=order;--',
    '/v1/queries/orders?status=lost',
    '/v1/queries/orders?tenant=other',
    '/v1/queries/orders?netCents=1',
    '/v1/queries/orders?__proto__=1',
    '/v1/queries/orders?constructor=1',
    '/v1/queries/orders?cursor=',
    '/v1/queries/orders?cursor=abc',
    `/v1/queries/orders?cursor=${cursor('{}')}`,
    `/v1/queries/orders?cursor=${cursor('[]')}`,
    `/v1/queries/orders?cursor=${cursor('["a","b"]')}`,
    `/v1/queries/orders?cursor=${cursor('[null]')}`,
    `/v1/queries/orders?cursor=${cursor('[{"a":1}]')}`,
    '/v1/queries/orders-of-customer',
    '/v1/queries/orders-of-customer?customer=a&country=DE',
    '/v1/queries/sales-by-day/2026-01-01',
    '/v1/queries/orders/a,b',
    '/v1/queries/orders/%ff',
    '/v1/aggregates/order/victim?version=0',
    '/v1/aggregates/order/victim?version=1&version=1',
    '/v1/events?limit=0',
    '/v1/events?wait=31',
    '/v1/events?after=1&after=1',
    '/v1/events?aggregate=nothing',
    '/v1/aggregates/order/victim?version=1',
    '/v1/aggregates/order/victim?version=1&at=2026-01-01T00:00:00Z',
    '/v1/aggregates/order/victim?at=yesterday',
    '/v1/aggregates/order/victim?when=2026-01-01T00:00:00Z',
    '/v1/streams/order?limit=0',
    '/v1/streams/order?limit=0x10',
    '/v1/streams/order?limit=1&limit=1',
    '/v1/streams/order?after=1',
    '/v1/streams/order?cursor=abc',
    `/v1/streams/order?cursor=${cursor('["product/a"]')}`,
    '/v1/streams/order/victim?after=-1',
    '/v1/streams/order/victim?after=1e2',
    '/v1/streams/order/victim?after=1&after=1',
    '/v1/streams/order/victim?limit=1001',
    '/v1/streams/order/victim?limit=',
    '/v1/streams/order/victim?direction=sideways',
    '/v1/streams/order/victim?since=1',
  ])('%s', async (path) => {
    await expectProblem('invalid', path);
    await expectUntouched();
  });
});

function cursor(text: string): string {
  return Buffer.from(text).toString('base64url');
}
