/** Closed by default: without configuration only `/health` answers. */
import { createExecutionContext } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { worker } from './support/entry.ts';
import { env } from './support/harness.ts';
import { expectDescribed, operations } from './support/hostile.ts';

const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;

async function ask(method: string, path: string, headers: HeadersInit = {}, opened?: string) {
  const request = new Request(`http://localhost${path}`, { method, headers });
  const bindings = opened === undefined ? closed : { ...closed, LEDGE_LOCAL_DEVELOPMENT: opened };
  return worker.fetch(request, bindings, createExecutionContext());
}

/** As an address that does not exist answers with the same headers. */
async function expectClosed(answer: Promise<Response>, headers: HeadersInit = {}): Promise<void> {
  const response = await answer;
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="ledge"/);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(text).toBe(await (await ask('GET', '/nothing/here', headers)).text());
  expectDescribed(JSON.parse(text), 'unauthorized');
}

const described = operations().filter(({ path }) => path !== '/health');

test.each(described)(
  'H1 without configuration $method $path answers 401',
  async ({ method, path }) => {
    await expectClosed(ask(method, path));
  },
);

test.each([
  '/reference',
  '/openapi-explorer.min.js',
  '/pages/board/',
  '/console/',
  '/console/assets/console.js',
  '/',
  '/nothing',
  '/health/',
  '//health',
])('H1 without configuration GET %s answers 401', async (path) => {
  await expectClosed(ask('GET', path));
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])(
  'H1 without configuration %s does not reveal whether an address exists',
  async (method) => {
    for (const path of ['/health', '/v1/queries/orders']) await expectClosed(ask(method, path));
  },
);

test.each(['', 'false', '0', '1', 'TRUE', 'yes'])(
  'H1 "%s" does not open the server',
  async (setting) => {
    await expectClosed(ask('GET', '/v1/queries/orders', {}, setting));
  },
);

test.each([
  ['Host', 'localhost'],
  ['X-Forwarded-Host', 'localhost'],
  ['X-Forwarded-For', '127.0.0.1'],
  ['CF-Connecting-IP', '127.0.0.1'],
  ['Authorization', 'Bearer none'],
  ['Ledge-Local-Development', 'true'],
])('H1 the header %s: %s does not open the server', async (name, value) => {
  const headers = { [name]: value };
  await expectClosed(ask('GET', '/v1/queries/orders', headers), headers);
});

test('H1 /health answers everybody', async () => {
  const response = await ask('GET', '/health');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok' });
});
