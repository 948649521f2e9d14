/**
 * Malformed requests, byte by byte over real sockets. Requests that reach our code are answered by it: with success or
 * a problem, never a 500. A bare Worker that answers every request shows which ones the local runtime refuses before.
 * In production Cloudflare's front end takes that part.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerOn, openSocket, type RawAnswer, rawRequest } from './support/raw-request.ts';
import { type Served, serveBareWorker, serveLedge } from './support/serve.ts';

let ledge: Served;
let bare: Served;

beforeAll(async () => {
  ledge = await serveLedge();
  bare = await serveBareWorker();
  // The consumer asks for the tenant, by its object, before it writes what the first command has recorded.
  const first = await fetch(new URL('/v1/commands/product/first/RegisterProduct', ledge.url), {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY },
  });
  const { token }: { token: string } = Object(await first.json());
  const headers = { 'consistent-with': token };
  expect((await fetch(new URL('/v1/queries/products/first', ledge.url), { headers })).ok).toBe(
    true,
  );
}, 120_000);
afterAll(() => Promise.all([ledge.server.close(), bare.server.close()]));

/** Our code logs what breaks in it. */
beforeEach(() => ledge.server.clearLogs());
afterEach(() =>
  expect(ledge.server.getLogs().filter(({ level }) => level === 'error')).toEqual([]),
);

const BODY = '{"name":"Chai","priceCents":1800}';
const HOST = 'Host: ledge.test';
const LENGTH = `Content-Length: ${BODY.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const LONG = 'a'.repeat(300_000);

/** The status of a connection that the server closes without a response. */
const HUNG_UP = 0;

const chunk = (text: string, extension = '') =>
  `${text.length.toString(16)}${extension}\r\n${text}\r\n`;
const inChunks = (text: string) => `${chunk(text)}${chunk('')}`;

function request(lines: readonly string[], body = '', lineEnd = '\r\n'): string {
  return [...lines, '', body].join(lineEnd);
}

let streams = 0;

/** The lines of a command to a stream of its own. */
function register(...headers: readonly string[]): string[] {
  const address = `POST /v1/commands/product/raw-${++streams}/RegisterProduct HTTP/1.1`;
  return [address, HOST, 'Content-Type: application/json', ...headers];
}

async function objectCount(): Promise<number> {
  return (await ledge.server.getWorker().listDurableObjectIds('AGGREGATE')).length;
}

/** The answer of our code to what must not have woken any object. */
async function expectProblem(status: number, answer: RawAnswer): Promise<void> {
  expect(answer).toMatchObject({ status, type: 'application/problem+json' });
  expect(answer.text).not.toMatch(/\n +at |\.ts:|node_modules|SQLITE/);
}

describe('H25 an unusual framing with one meaning is accepted', () => {
  test.each([
    ['a body in chunks', request(register(CHUNKED), inChunks(BODY))],
    ['a body in chunks of a byte', request(register(CHUNKED), [...BODY, ''].map(one).join(''))],
    ['chunks with extensions', request(register(CHUNKED), chunk(BODY, ';a="b"') + chunk(''))],
    ['chunks and a trailer', request(register(CHUNKED), `${chunk(BODY)}0\r\nX-T: 1\r\n\r\n`)],
    ['the same length twice', request(register(LENGTH, LENGTH), BODY)],
    ['bare line feeds', request(register(LENGTH), BODY, '\n')],
    ['a header of 300 KB', request(register(LENGTH, `X-A: ${LONG}`), BODY)],
    ['HTTP/1.0', request(register(LENGTH), BODY).replace('HTTP/1.1', 'HTTP/1.0')],
    ['a whole address', request(register(LENGTH), BODY).replace('/v1', 'http://other.test/v1')],
  ])('%s', async (_what, bytes) => {
    const before = await objectCount();
    const answer = await rawRequest(ledge.url, bytes);
    expect(answer).toMatchObject({ status: 200, answers: 1 });
    expect(answer.text).toContain('"version":1,');
    expect(answer.text).not.toContain('evil');
    expect(await objectCount()).toBe(before + 1);
  });

  test('a length and chunks: the chunks, and the connection ends with it', async () => {
    const answer = await rawRequest(
      ledge.url,
      request(register('Content-Length: 4', CHUNKED), inChunks(BODY)),
    );
    expect(answer).toMatchObject({ status: 200, answers: 1, closed: true });
  });
});

function one(byte: string): string {
  return chunk(byte);
}

describe('H25 an invalid framing is a problem', () => {
  const smuggled = request(register('Content-Length: 0'));
  const short = `Content-Length: ${chunk('').length + smuggled.length}`;
  const blank = ' '.repeat(65_536);
  test.each<[string, number, string]>([
    [
      'a request behind the last chunk',
      400,
      request(register(short, CHUNKED), chunk('') + smuggled),
    ],
    ['a body without a length', 400, request(register(), BODY)],
    ['a key of 300 KB', 400, request(register(LENGTH, `Idempotency-Key: ${LONG}`), BODY)],
    ['an address in the Host', 403, request([GET('/health'), 'Host: other.test/x?y#z'])],
    ['another Host', 403, request([GET('/v1/queries/products'), 'Host: other.test'])],
    [
      'another Host on a command',
      403,
      request(register(LENGTH), BODY).replace(HOST, 'Host: other.test'),
    ],
    ['an address with two slashes', 404, request([GET('//other.test/health'), HOST])],
    ['TRACE', 405, request(['TRACE /health HTTP/1.1', HOST])],
    ['a slash in an id', 400, request([GET('/v1/streams/product/a%2Fb'), HOST])],
    ['an id in overlong UTF-8', 400, request([GET('/v1/streams/product/%c0%af'), HOST])],
    ['half a percent sign', 400, request([GET('/v1/streams/product/%'), HOST])],
    ['a way up', 404, request([GET('/v1/../../nothing'), HOST])],
    // Nothing is on its way when the answer comes: the local runtime breaks over what it cannot hand on any more.
    ['a length over the limit', 413, request(register('Content-Length: 2000000'))],
    [
      'chunks over the limit',
      413,
      request(register(CHUNKED), chunk(blank).repeat(16) + chunk(' ')),
    ],
  ])('%s', async (_what, status, bytes) => {
    const before = await objectCount();
    await expectProblem(status, await rawRequest(ledge.url, bytes));
    expect(await objectCount()).toBe(before);
  });
});

test('H25 an address without a slash is taken for the root', async () => {
  expect(await rawRequest(ledge.url, request([GET('health'), HOST]))).toMatchObject({
    status: 302,
  });
});

describe('H25 an odd framing is refused in front of our code', () => {
  test.each<[string, number, string]>([
    ['two lengths', 400, request(register(LENGTH, 'Content-Length: 5'), BODY)],
    ['a length with a sign', 400, request(register('Content-Length: +33'), BODY)],
    ['a length below zero', 400, request(register('Content-Length: -1'), BODY)],
    ['a length in hexadecimal', 400, request(register('Content-Length: 0x21'), BODY)],
    ['a length beyond all numbers', 400, request(register(`Content-Length: ${9e20}`), BODY)],
    ['another coding', 400, request(register('Transfer-Encoding: xchunked'), inChunks(BODY))],
    ['two codings', 400, request(register(`${CHUNKED}, identity`), inChunks(BODY))],
    ['two codings apart', 400, request(register(CHUNKED, 'Transfer-Encoding: x'), BODY)],
    ['a space before the colon', 400, request(register('Transfer-Encoding : chunked'), BODY)],
    ['a folded header', 400, request(register(LENGTH, 'X-A: b\r\n c'), BODY)],
    ['NUL in a header', 400, request(register(LENGTH, 'X-A: a\0b'), BODY)],
    ['a line break in a header', 400, request(register(LENGTH, 'X-A: a\rb'), BODY)],
    ['NUL in the address', 400, request([GET('/v1/streams/product/a\0b'), HOST])],
    ['bytes beyond ASCII', 400, request([GET('/v1/streams/product/\xff\xfe'), HOST])],
    ['no Host', 400, request([GET('/health')])],
    ['an empty Host', 400, request([GET('/health'), 'Host: '])],
    ['HTTP/9.9', 400, request(['GET /health HTTP/9.9', HOST])],
    ['HTTP/0.9', 400, 'GET /health\r\n'],
    ['a greeting in TLS', 400, '\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n'],
    ['a greeting in HTTP/2', HUNG_UP, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', 501, request(['BREW /health HTTP/1.1', HOST])],
  ])('%s', async (_what, status, bytes) => {
    await expectRefusedInFront(status, bytes);
  });

  // The local runtime fails on these before a Worker is called. We cannot fix that, and nothing is stored.
  test.each([
    ['two Hosts', request([GET('/health'), HOST, 'Host: other.test'])],
    ['two Hosts on a command', request(register(LENGTH, 'Host: other.test'), BODY)],
    ['a Host that is none', request([GET('/health'), 'Host: a b'])],
    ['CONNECT', request(['CONNECT other.test:443 HTTP/1.1', HOST])],
    ['OPTIONS *', request(['OPTIONS * HTTP/1.1', HOST])],
    ['a chunk without a size', request(register(CHUNKED), `zz\r\n${BODY}`)],
    ['a chunk beyond all sizes', request(register(CHUNKED), `${'f'.repeat(17)}\r\n${BODY}`)],
  ])('with a 500 OF THE LOCAL RUNTIME, not of ours: %s', async (_what, bytes) => {
    await expectRefusedInFront(500, bytes);
  });
});

/** A Worker that answers every request was not called either, and nothing is stored. */
async function expectRefusedInFront(status: number, bytes: string): Promise<void> {
  const before = await objectCount();
  const answer = await rawRequest(ledge.url, bytes);
  expect(answer.status).toBe(status);
  expect(await rawRequest(bare.url, bytes)).toEqual(answer);
  expect(await objectCount()).toBe(before);
}

describe('H26 no header determines the origin or the host name of a request', () => {
  const claims = [
    'X-Forwarded-Host: other.test',
    'X-Forwarded-Proto: evil',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Prefix: /evil',
    'Forwarded: for=127.0.0.1;host=other.test;proto=evil',
    'X-Original-URL: /health',
    'X-Rewrite-URL: /health',
    'X-HTTP-Method-Override: DELETE',
    'X-Tenant: evil',
    'X-User: evil',
  ];

  beforeAll(async () => {
    const registered = await fetch(
      new URL('/v1/commands/product/known/RegisterProduct', ledge.url),
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Known', priceCents: 1 }),
      },
    );
    const { token }: { token: string } = JSON.parse(await registered.text());
    const headers = { 'consistent-with': token };
    await fetch(new URL('/v1/queries/products', ledge.url), { headers });
  });

  test.each([
    ['a page', '/v1/queries/products?name=Known&limit=1', 'rel="next"'],
    ['a state', '/v1/aggregates/product/known', '"name":"Known"'],
    ['a problem', '/v1/queries/nothing', '"status":404'],
    ['the reference', '/reference', '<openapi-explorer'],
    ['the document', '/openapi.json', '"openapi":'],
  ])('%s is the same to the byte', async (_what, path, part) => {
    // The bookmark identifies the state of the database, for every client.
    const answerTo = async (lines: readonly string[]) => {
      const { text, ...rest } = await rawRequest(ledge.url, request(lines));
      return { ...rest, text: text.replace(/^d1-bookmark: .*$/im, '') };
    };
    const plain = await answerTo([GET(path), HOST]);
    expect(plain.text).toContain(part);
    for (const lines of [
      [GET(path), 'Host: alias.test'],
      [GET(path), HOST, ...claims],
      [GET(`http://other.test${path}`), HOST],
    ]) {
      expect(await answerTo(lines)).toEqual(plain);
    }
  });
});

describe('H24 a body that is never whole', () => {
  const half = request(register('Content-Length: 100'), BODY);

  test('of a client that disconnects leaves nothing', async () => {
    const before = await objectCount();
    const socket = await openSocket(ledge.url);
    socket.write(half);
    await expectHealthy();
    socket.destroy();
    await expectHealthy();
    expect(await objectCount()).toBe(before);
  });

  test('of a hundred waiting clients delays no other client and no object', async () => {
    const before = await objectCount();
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(ledge.url)));
    for (const [index, socket] of sockets.entries()) {
      socket.write(index % 2 === 0 ? half : half.slice(0, 100));
    }
    for (let requests = 0; requests < 20; requests++) await expectHealthy();
    expect(await objectCount()).toBe(before);
    for (const socket of sockets) socket.destroy();
  });

  test('until it is: a byte at a time', async () => {
    const socket = await openSocket(ledge.url);
    for (const byte of request(register(LENGTH), BODY)) {
      socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await answerOn(socket)).toMatchObject({ status: 200, answers: 1 });
  });
});

/** The other clients wait forever: a request that they delay takes longer than on any busy machine. */
const HELD_UP_MS = 10_000;

async function expectHealthy(): Promise<void> {
  const answer = await fetch(new URL('/v1/queries/products/nobody', ledge.url), {
    signal: AbortSignal.timeout(HELD_UP_MS),
  });
  expect(answer.status).toBe(404);
}

function GET(path: string): string {
  return `GET ${path} HTTP/1.1`;
}
