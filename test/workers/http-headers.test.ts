/** Every response has the same security and cache headers. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { worker } from './support/entry.ts';
import { env, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const SHOP = 'https://shop.example';

interface Asking {
  readonly url?: string;
  readonly init?: RequestInit;
  readonly bindings?: object;
}

function ask(path: string, { url = 'http://localhost', init = {}, bindings = {} }: Asking = {}) {
  const request = new Request(`${url}${path}`, init);
  return worker.fetch(request, { ...env, ...bindings }, createExecutionContext());
}

const CLOSED = { LEDGE_LOCAL_DEVELOPMENT: 'false' };

const ANSWERS: readonly [string, number, string, Asking?][] = [
  ['an answer', 200, '/v1/queries/products'],
  ['/health', 200, '/health'],
  ['a stream', 200, '/v1/live/products'],
  ['a page', 200, '/reference'],
  ['a page’s script', 200, '/openapi-explorer.min.js'],
  ['a page of the app', 200, '/pages/board/'],
  ['a problem’s page', 200, '/problems/unknown'],
  ['nothing there', 404, '/nothing'],
  ['a name without meaning', 404, '/v1/queries/nothing'],
  ['a wrong method', 405, '/health', { init: { method: 'DELETE' } }],
  ['no credential', 401, '/v1/queries/products', { bindings: CLOSED }],
  ['/health without a credential', 200, '/health', { bindings: CLOSED }],
  ['a foreign host', 403, '/v1/queries/products', { url: 'http://attacker.example' }],
  ['a broken database', 500, '/v1/queries/products', { bindings: { DB: null } }],
  ['HEAD', 200, '/v1/queries/products', { init: { method: 'HEAD' } }],
  ['OPTIONS', 204, '/v1/queries/products', { init: { method: 'OPTIONS' } }],
];

describe('H42 the standard headers are on', () => {
  test.each(ANSWERS)('%s', async (_what, status, path, asking) => {
    const { body, headers, ...response } = await answerTo(path, asking);
    expect(response.status).toBe(status);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toMatch(/^(private, no-cache|no-store)$/);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src '(none|self)'.*frame-ancestors 'none'/,
    );
    expect(headers.has('strict-transport-security')).toBe(false);
    await body?.cancel();
  });
});

async function answerTo(path: string, asking?: Asking) {
  const { body, headers, status } = await ask(path, asking);
  return { body, headers, status };
}

test('H42 an unchanged response is 304, with the same headers', async () => {
  for (const path of ['/v1/queries/products', '/pages/board/']) {
    const etag = (await ask(path)).headers.get('etag') ?? '';
    const again = await ask(path, { init: { headers: { 'if-none-match': etag } } });
    expect(again.status).toBe(304);
    expect(again.headers.get('cache-control')).toBe('private, no-cache');
    expect(again.headers.get('etag')).toBe(etag);
  }
});

test('H42 an allowed origin may embed responses', async () => {
  const bindings = { LEDGE_ALLOWED_ORIGINS: SHOP };
  const { headers } = await ask('/v1/queries/products', {
    bindings,
    init: { headers: { origin: SHOP } },
  });
  expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(headers.get('access-control-allow-origin')).toBe(SHOP);
});

test('H42 https is required for responses over https, but not for localhost', async () => {
  const strict = async (url: string) =>
    (await ask('/health', { url })).headers.get('strict-transport-security');
  expect(await strict('https://events.shop.example')).toMatch(/^max-age=\d{8}$/);
  expect(await strict('https://localhost')).toBeNull();
  expect(await strict('http://events.shop.example')).toBeNull();
});
