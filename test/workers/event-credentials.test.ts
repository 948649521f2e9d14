/** Which credential caused an event: in its metadata, from the object to the journal, and shown to operators. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { testApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { askAs, principals, sendAs } from './support/guarded-shop.ts';
import {
  deliver,
  env,
  evict,
  keptMessages,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { bearer, isolate as issuerIsolate, login, soundToken } from './support/jwt-shop.ts';
import { isolate, issued, posting } from './support/keyed-shop.ts';
import { getAs, ruledPrincipals } from './support/ruled-shop.ts';
import { SECRET } from './support/secret.ts';

useKeptQueue();

const tea = { name: 'Tea', priceCents: 500 };
const stock = (id: string, command = 'RegisterProduct') => `/v1/commands/product/${id}/${command}`;

interface Events {
  readonly events: readonly StoredEvent[];
}

const credentialsOf = ({ events }: Events) => events.map(({ metadata }) => metadata.credential);

/** As the objects, the queue and the journal have it. */
async function storedCredentials(stream: string): Promise<unknown[]> {
  const rows = await rowsOf<{ metadata: string }>(
    `SELECT metadata FROM journal WHERE stream = '${stream}' ORDER BY version`,
  );
  return rows.map(({ metadata }) => JSON.parse(metadata).credential);
}

describe('PC2 an event names the credential that caused it', () => {
  test('an API key by its id: in the outcome, the stream, the journal and its feed, also after an eviction', async () => {
    const { id, key } = await issued({ roles: ['operator'] });
    const ask = isolate();
    const outcome: Events = await (await ask(key, stock('tea'), posting(tea))).json();
    expect(credentialsOf(outcome)).toEqual([`key:${id}`]);
    const sent = keptMessages();
    expect(
      JSON.parse(sent.find((text) => text.includes('product/tea')) ?? '').events,
    ).toMatchObject([{ metadata: { actor: 'service:shop', credential: `key:${id}` } }]);
    await deliver(sent);
    await evict('product/tea');
    expect(await storedCredentials('product/tea')).toEqual([`key:${id}`]);
    for (const path of ['/v1/streams/product/tea', '/v1/events?stream=product/tea']) {
      expect(credentialsOf(await (await ask(key, path)).json())).toEqual([`key:${id}`]);
    }
  });

  test('also under an idempotency key that is called like it', async () => {
    const { id, key } = await issued({ roles: ['operator'] });
    const headers = { ...posting(tea).headers, 'idempotency-key': `key:${id}` };
    const ask = isolate();
    expect((await ask(key, stock('named'), { ...posting(tea), headers })).status).toBe(200);
    await evict('product/named');
    const stream: Events = await (await ask(key, '/v1/streams/product/named')).json();
    expect(credentialsOf(stream)).toEqual([`key:${id}`]);
  });

  test('a key that an authenticate has asked for, and what it names itself', async () => {
    const { id, key } = await issued();
    const bindings = { ...env, LEDGE_SECRET: SECRET };
    for (const [credential, expected] of [
      [undefined, `key:${id}`],
      ['session:42', 'session:42'],
    ] as const) {
      const worker = heldLedge(testApp, {
        ...faultyPlatform,
        authenticate: async (_request, _env, apiKey) => {
          const found = await apiKey();
          return found && { id: 'user:ann', tenant: 'main', credential, roles: ['operator'] };
        },
      });
      const path = stock(`hooked-${credential}`.replace(':', '-'));
      const headers = { ...posting().headers, authorization: `Bearer ${key}` };
      const request = new Request(`https://shop.example${path}`, { ...posting(tea), headers });
      const answer = await worker.fetch(request, bindings, createExecutionContext());
      expect(credentialsOf(await answer.json())).toEqual([expected]);
    }
  });

  test('a token by its issuer', async () => {
    const key = await login.addKey('es');
    const { ask, tick } = issuerIsolate();
    await tick();
    const token = await soundToken(key, { permissions: ['operator'] });
    const headers = { ...bearer(token), ...posting().headers };
    const answer = await ask(headers, stock('by-token'), posting(tea));
    expect(credentialsOf(await answer.json())).toEqual([login.url]);
  });

  test('the administrator’s key in the streams of Ledge’s own', async () => {
    const { id } = await issued();
    await deliver(keptMessages());
    expect(await storedCredentials(`ledge.key/${id}`)).toEqual(['key:bootstrap']);
  });

  test('nothing without one: local development, a principal without a name, the machinery', async () => {
    await send('product/local', 'RegisterProduct', tea);
    await sendAs('ann-token', stock('unnamed'), tea);
    await deliver(keptMessages());
    expect(await storedCredentials('product/local')).toEqual([undefined]);
    expect(await storedCredentials('product/unnamed')).toEqual([undefined]);
  });
});

describe('PC3 a credential is shown to operators and administrators alone', () => {
  const secret = { credential: 'session:42' };

  test('others get the event without it, in every answer that has events', async () => {
    principals.set('named', { id: 'user:cleo', tenant: 'acme', roles: [], ...secret });
    const headers = { ...posting().headers, 'idempotency-key': 'once' };
    const once = { ...posting(tea), headers };
    const line = {
      aggregate: 'product',
      id: 'hidden',
      command: 'ReceiveStock',
      data: { quantity: 1 },
    };
    const answers = [
      await askAs('named', stock('hidden'), once),
      await askAs('ann-token', stock('hidden'), once),
      await sendAs('named', '/v1/commands', [line]),
    ];
    await deliver(keptMessages());
    answers.push(await askAs('ann-token', '/v1/streams/product/hidden'));
    answers.push(await askAs('ann-token', '/v1/events?stream=product/hidden'));
    for (const answer of answers) {
      const text = await answer.text();
      expect(text).toContain('user:cleo');
      expect(text).not.toContain('session:42');
    }
    for (const token of ['operator-token', 'admin-token']) {
      const stream = await askAs(token, '/v1/streams/product/hidden');
      expect(credentialsOf(await stream.json())).toEqual(['session:42', 'session:42']);
    }
  });

  test('also of a dead letter, which a role of the app may inspect', async () => {
    const metadata = { actor: 'user:cleo', commandId: 'c', ...secret };
    for (const [id, parked] of [
      ['event', { type: 'OrderPlaced', metadata }],
      ['message', { stream: 'order/o-1', events: [{ metadata }, 'odd'] }],
      ['text', 'odd'],
    ] as const) {
      await env.DB.prepare(
        `INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
           parked_at) VALUES ('main', ?, '', 'order/o-1', 1, '', ?, '', '', 1, 'parked', '2026-01-01T00:00:00Z')`,
      )
        .bind(id, JSON.stringify(parked))
        .run();
      const { status, body } = await getAs('cleo', `/v1/dead-letters/${id}`);
      expect(status).toBe(200);
      const { credential: _hidden, ...shown } = metadata;
      const expected = JSON.stringify(parked).replace(
        JSON.stringify(metadata),
        JSON.stringify(shown),
      );
      expect(body.event).toEqual(JSON.parse(expected));
    }
    ruledPrincipals.set('op', { id: 'user:op', tenant: 'main', roles: ['operator'] });
    const { body } = await getAs('op', '/v1/dead-letters/event');
    expect(body.event).toMatchObject({ metadata: secret });
  });

  test('a repeat with another credential is a repeat', async () => {
    const [first, second] = [await issued({ principal: 'service:a' }), await issued()];
    const once = { ...posting(tea), headers: { ...posting().headers, 'idempotency-key': 'k' } };
    const ask = isolate();
    expect((await ask(first.key, stock('repeated'), once)).status).toBe(200);
    const repeat = await ask(second.key, stock('repeated'), once);
    expect(await repeat.json()).toMatchObject({ version: 1, replayed: true });
  });
});
