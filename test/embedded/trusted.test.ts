/** Another Worker of the account, by its service binding: the platform's own properties name the principal. */
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { app } from '../other-app/app.ts';
import { documentOf } from '../workers/support/held-ledge.ts';
import { held } from '../workers/support/held-to-document.ts';
import { ORIGIN, openBank } from './embedded-worker.ts';

beforeAll(openBank);

type BindingOf = (options: { readonly props?: unknown }) => {
  fetch(request: Request): Promise<Response>;
};

const { Trusted } = z.object({ Trusted: z.custom<BindingOf>() }).parse(exports);

/** A request over a binding with these properties. */
function over(props: unknown, path: string, init: RequestInit = {}): Promise<Response> {
  const binding = Trusted({ props });
  const fetchLedge = held(documentOf(app, '/ledge'), (request) => binding.fetch(request));
  return fetchLedge(new Request(`${ORIGIN}/ledge${path}`, init));
}

const shop = { tenant: 'north', principal: 'service:shop', roles: ['clerk'] };

describe('JW9 a service binding', () => {
  test('names the principal of its requests, without a credential', async () => {
    const response = await over({ ...shop, claims: { branch: 'a' } }, '/v1/me');
    expect(await response.json()).toMatchObject({
      ...{ id: 'service:shop', tenant: 'north', roles: ['clerk'], claims: { branch: 'a' } },
      expiresAt: null,
    });
  });

  test('PC2 is the credential of its events', async () => {
    const by = { ...shop, roles: ['operator'] };
    const sent = await over(by, '/v1/commands/account/t-1/OpenAccount', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ owner: 'ann' }),
    });
    expect(await sent.json()).toMatchObject({
      events: [
        { tenant: 'north', metadata: { actor: 'service:shop', credential: 'service-binding' } },
      ],
    });
  });

  test('gives the rights of its roles, and no more', async () => {
    expect((await over(shop, '/v1/projections')).status).toBe(403);
    expect((await over({ ...shop, roles: ['operator'] }, '/v1/incidents')).status).toBe(200);
    expect((await over({ ...shop, roles: ['operator'] }, '/v1/projections')).status).toBe(403);
    const operator = { ...shop, tenant: 'ledge', roles: ['operator'] };
    expect((await over(operator, '/v1/projections')).status).toBe(200);
    expect((await over({ ...shop, tenant: 'ledge' }, '/v1/queries/balances')).status).toBe(403);
  });

  test('is not asked for a credential that it passes on', async () => {
    const headers = { authorization: 'Bearer bob', cookie: 'session=bob' };
    const response = await over(shop, '/v1/me', { headers });
    expect(await response.json()).toMatchObject({ id: 'service:shop' });
  });

  test.each([
    ['without properties', undefined],
    ['without a tenant', { principal: 'service:shop' }],
    ['without a principal', { tenant: 'north' }],
    ['of the machinery', { ...shop, principal: 'ledge:saga/x' }],
    ['of a tenant that is none', { ...shop, tenant: 'north/south' }],
    ['with roles that are text', { ...shop, roles: 'operator' }],
    ['with a misspelled member', { ...shop, role: ['operator'] }],
  ])('%s lets nothing in', async (_what, props) => {
    const response = await over(props, '/v1/me', { headers: { authorization: 'Bearer ann' } });
    expect(response.status).toBe(500);
  });
});
