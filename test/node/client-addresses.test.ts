/** What a client writes into addresses is what the server reads there. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandPath, plain, rowPath, statePath } from '../../client/addresses.ts';
import type { Fetch } from '../../client/host.ts';
import { createClient } from '../../client/index.ts';
import { newKey } from '../../client/new-key.ts';
import type { app } from '../shop/app.ts';
import { scriptedSockets } from './support/scripted-sockets.ts';

describe('U28 numbers are written in plain digits', () => {
  test.each([
    [1e-7, '0.0000001'],
    [-1.25e-9, '-0.00000000125'],
    [1e21, '1000000000000000000000'],
    [-1.5e22, '-15000000000000000000000'],
    [0, '0'],
    [-0, '0'],
    [12.5, '12.5'],
  ])('%d as %s', (number, text) => expect(plain(number)).toBe(text));

  test('each reads as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = plain(number);
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
        expect(Number(text)).toBe(number === 0 ? 0 : number);
      }),
    );
  });
});

describe('U29 an address that cannot be is refused with words', () => {
  test.each(['.', '..'])('%s as a key, an id or a name', (dots) => {
    const words = expect.stringContaining(`An address cannot carry "${dots}"`);
    const problem = expect.objectContaining({ kind: 'invalid', detail: words });
    for (const write of [
      () => rowPath('customers', dots),
      () => statePath('order', dots, {}),
      () => commandPath('order', dots, 'PlaceOrder'),
    ]) {
      expect(write).toThrow(expect.objectContaining({ problem }));
    }
  });

  test('dots that a URL preserves stay unchanged', () => {
    for (const key of ['...', '.a', ['.', '.']]) {
      const path = rowPath('customers', key);
      expect(new URL(path, 'http://ledge.test').pathname).toBe(path);
    }
  });
});

describe('U30 an empty list matches no rows, and no request is sent', () => {
  const asked: string[] = [];
  const fetch: Fetch = async (url) => {
    asked.push(url);
    return Response.json({ rows: [{ order: 'o-1' }] });
  };
  const { Socket: WebSocket, made } = scriptedSockets();
  const client = createClient<typeof app>({ url: 'http://ledge.test', fetch, WebSocket });

  test('in a query, its pages and its count', async () => {
    const input = { 'status.in': [], count: true } as const;
    expect(await client.query('orders', input)).toEqual({ rows: [], count: 0 });
    const pages: unknown[] = [];
    for await (const page of client.pages('orders', { 'customer.in': [] })) pages.push(page.rows);
    expect(pages).toEqual([[]]);
    expect(asked).toEqual([]);
  });

  test('in a live query, which includes every command', async () => {
    const live = client.live('orders', { 'customer.in': [] });
    await live.including('order/o-1@1');
    for await (const rows of live) {
      expect(rows).toEqual([]);
      break;
    }
    expect(made).toHaveLength(0);
  });
});

describe('U31 keys need no secure context', () => {
  test('a key is a random UUID without `crypto.randomUUID`', () => {
    const { randomUUID } = crypto;
    Object.assign(crypto, { randomUUID: undefined });
    const keys = Array.from({ length: 1_000 }, newKey);
    Object.assign(crypto, { randomUUID });
    expect(new Set(keys).size).toBe(1_000);
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (const key of keys) expect(key).toMatch(uuid);
  });
});
