/** Definitions of inbounds: what they map, and which of them are refused. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { shipment } from '../../test/shop/shipment.ts';
import { defineAccess } from '../access/define-access.ts';
import { defineApp } from '../app.ts';
import { command } from '../process/reactor.ts';
import { personal } from '../sealed/personal.ts';
import { givenInbound } from '../testing/given-inbound.ts';
import { defineInbound } from './define-inbound.ts';
import { type Inbound, ignore } from './inbound.ts';
import { credential, standardWebhook } from './verification.ts';

// #region carrier
const carrier = defineInbound({
  name: 'carrier',
  verify: standardWebhook('CARRIER_SECRET'),
  tenant: 'main',
  input: z.object({ id: z.string(), parcel: z.string(), status: z.string() }),
  key: ({ id }) => id,
  on: ({ parcel, status }) =>
    status === 'returned' ? command(shipment, parcel, 'ReturnShipment', {}) : ignore('not ours'),
});
// #endregion

// #region test
test('IN5 a return of the carrier is one of ours', () => {
  givenInbound(carrier)
    .whenReceived({ id: 'm-1', parcel: 'o-1', status: 'returned', weight: 3 })
    .thenSends(command(shipment, 'o-1', 'ReturnShipment', {}));
  givenInbound(carrier)
    .whenReceived({ id: 'm-2', parcel: 'o-1', status: 'scanned' })
    .thenIgnores('not ours');
});
// #endregion

/** In JavaScript every value compiles. */
function returning(key: unknown, mapped: unknown): Inbound {
  return defineInbound({
    name: 'any',
    verify: credential(),
    input: z.unknown(),
    key: () => JSON.parse(JSON.stringify(key)),
    on: () => JSON.parse(JSON.stringify(mapped)),
  });
}

describe('IN14 a definition', () => {
  test.each([
    ['', 'no text'],
    [7, 'no text'],
    [null, 'no text'],
  ])('with the key %j has none', (key, error) => {
    expect(() => returning(key, []).key({})).toThrow(error);
  });

  test.each([[null], [7], [{ aggregate: 'a' }]])('that returns %j maps nothing', (mapped) => {
    expect(() => returning('k', mapped).map({})).toThrow('no reaction');
  });

  const named = (name: string, input: z.ZodType = z.unknown()) =>
    defineInbound({ name, verify: credential(), input, key: () => 'k', on: () => [] });

  test.each<[string, readonly Inbound[], string]>([
    ['whose name is no part of an address', [named('a b')], 'The inbound name a b needs'],
    ['whose name is taken', [named('a'), named('a')], 'is taken twice'],
    [
      'whose messages JSON does not carry',
      [named('a', z.object({ at: z.date() }))],
      'JSON does not carry',
    ],
    [
      'with a personal field, which nothing would seal',
      [named('a', z.object({ who: z.string(), name: personal(z.string(), 'who') }))],
      'declares a personal field',
    ],
    ['of the tenant of the deployment', [{ ...carrier, tenant: 'ledge' }], 'no tenant of an app'],
  ])('%s is refused', (_, inbound, error) => {
    expect(() => defineApp({ aggregates: [shipment], inbound })).toThrow(error);
  });

  test('that no role may name is refused by the access rules', () => {
    const app = defineApp({ aggregates: [shipment], inbound: [carrier] });
    const roles = { partner: { inbound: ['courier'] } };
    // @ts-expect-error there is no such inbound
    expect(() => defineAccess(app, { claims: z.object({}), roles })).toThrow('inbound courier');
  });
});
