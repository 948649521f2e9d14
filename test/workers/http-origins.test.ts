/** Pages of other origins: refused by browsers unless the deployment names them. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { worker } from './support/entry.ts';
import { env, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const SHOP = 'https://shop.example';
const STRANGER = 'https://stranger.example';

function ask(origin: string, init: RequestInit = {}, names: string | null = SHOP) {
  const bindings = names === null ? env : { ...env, LEDGE_ALLOWED_ORIGINS: names };
  const headers = { ...init.headers, origin };
  const request = new Request('http://localhost/v1/queries/products', { ...init, headers });
  return worker.fetch(request, bindings, createExecutionContext());
}

const preflight: RequestInit = {
  method: 'OPTIONS',
  headers: {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,idempotency-key',
  },
};

const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

describe('H32 a page of another origin', () => {
  test('may ask when its origin is named, and read what our answers say in headers', async () => {
    const response = await ask(SHOP, {}, `https://other.example, ${SHOP}`);
    expect(response.status).toBe(200);
    expect(allowed(response)).toBe(SHOP);
    expect(response.headers.get('vary')).toContain('Origin');
    expect(response.headers.get('access-control-expose-headers')).toContain('consistency-token');
  });

  test('is told so before it asks, without a credential', async () => {
    const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;
    const headers = { ...preflight.headers, origin: SHOP };
    const request = new Request('http://localhost/v1/commands/order/o-1/PlaceOrder', {
      ...preflight,
      headers,
    });
    const bindings = { ...closed, LEDGE_ALLOWED_ORIGINS: SHOP };
    const response = await worker.fetch(request, bindings, createExecutionContext());
    expect(response.status).toBe(204);
    expect(allowed(response)).toBe(SHOP);
    expect(response.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });

  test('is let in by no preflight: without a credential the answer is 401', async () => {
    const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;
    const request = new Request('http://localhost/v1/queries/products', {
      headers: { origin: SHOP },
    });
    const bindings = { ...closed, LEDGE_ALLOWED_ORIGINS: SHOP };
    const response = await worker.fetch(request, bindings, createExecutionContext());
    expect(response.status).toBe(401);
    expect(allowed(response)).toBe(SHOP);
  });

  test.each([
    ['another one', STRANGER, SHOP],
    ['one that begins alike', `${SHOP}.evil.example`, SHOP],
    ['any, where none is named', SHOP, null],
    ['any, where the list is empty', SHOP, ' , '],
    ['none of its own', 'null', SHOP],
  ])('is not, if it is %s', async (_what, origin, names) => {
    expect(allowed(await ask(origin, {}, names))).toBeNull();
    expect(allowed(await ask(origin, preflight, names))).toBeNull();
  });

  test('gets its socket as everybody does', async () => {
    const request = new Request('http://localhost/v1/live', {
      headers: { origin: SHOP, upgrade: 'websocket' },
    });
    const bindings = { ...env, LEDGE_ALLOWED_ORIGINS: SHOP };
    const response = await worker.fetch(request, bindings, createExecutionContext());
    expect(response.status).toBe(101);
    response.webSocket?.accept();
    response.webSocket?.close();
  });
});
