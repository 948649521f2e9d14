/** What a consumer relies on, held to what a publication may send. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { personal } from '../sealed/personal.ts';
import { jsonSchema } from '../sealed/shown-schema.ts';
import type { CatalogPublication } from './catalog-shape.ts';
import { compareContract, consumerContract } from './consumer-contract.ts';

const address = z.strictObject({ city: z.string() }).meta({ id: 'Address' });

const placed = z.strictObject({
  order: z.string().meta({ description: 'Its id.' }),
  netCents: z.int().min(0),
  channel: z.enum(['web', 'phone']),
  note: z.string().optional(),
  lines: z.array(z.strictObject({ product: z.string(), gift: z.boolean().optional() })),
  to: address,
  name: personal(z.string(), 'order'),
});

function shop(schema: z.ZodType, deprecated?: string): CatalogPublication {
  const version = {
    ...{ version: 1, schema: jsonSchema(schema, 'output'), changes: [] },
    ...(deprecated !== undefined && { deprecated }),
  };
  return {
    ...{ name: 'shop', startsAt: 'now', compatibility: 'backward', handles: {} },
    events: [{ type: 'shop.placed', versions: [version] }],
  };
}

const text = { type: 'string' };

/** Of what it uses, an object that is open for more. */
function billing(properties: object, required: readonly string[] = [], type = 'shop.placed') {
  const data = { type: 'object', properties, required };
  return consumerContract.parse({
    consumer: 'billing',
    publication: 'shop',
    events: [{ type, version: 1, data }],
  });
}

const used = billing(
  {
    order: text,
    netCents: { type: 'number' },
    channel: text,
    lines: { type: 'array', items: { type: 'object', required: ['product'] } },
    to: { type: 'object', properties: { city: text }, required: ['city'] },
    name: { type: ['string', 'null'] },
  },
  ['order', 'netCents', 'channel', 'lines', 'to', 'name'],
);

const faultsOf = (contract: typeof used, schema: z.ZodType) =>
  compareContract(contract, [shop(schema)]).faults;

test('CT8 a contract holds that takes every event that may be sent', () => {
  expect(faultsOf(used, placed)).toEqual([]);
  expect(faultsOf(used, placed.extend({ more: z.unknown(), other: z.int() }))).toEqual([]);
  expect(faultsOf(billing({}), placed)).toEqual([]);
});

describe('CT8 a change that would break a consumer names it, the event and the field', () => {
  test.each<[string, z.ZodType, string]>([
    ['a field that is gone', placed.omit({ netCents: true }), 'netCents is no field of it'],
    [
      'a field that may be missing now',
      placed.extend({ order: z.string().optional() }),
      'order may be missing',
    ],
    ['another type', placed.extend({ netCents: z.string() }), 'netCents may be no number'],
    ['null', placed.extend({ channel: z.string().nullable() }), 'channel may be no string'],
    [
      'a field of a list',
      placed.extend({ lines: z.array(z.strictObject({ product: z.string().optional() })) }),
      'lines[].product may be missing',
    ],
    [
      'a field of a shared schema',
      placed.extend({ to: z.strictObject({ city: z.int() }).meta({ id: 'Place' }) }),
      'to.city may be no string',
    ],
    [
      'an alternative without the field',
      z.union([placed, z.strictObject({ order: z.string() })]),
      'netCents may be missing',
    ],
  ])('%s', (_what, schema, fault) => {
    const [first, ...others] = faultsOf(used, schema);
    expect(first).toContain(`billing uses shop.placed version 1 of shop: ${fault}`);
    expect(others).toEqual([]);
  });

  test('a value more, where the consumer names the values that it knows', () => {
    const channels = billing({ channel: { enum: ['web', 'phone'] } });
    expect(faultsOf(channels, placed)).toEqual([]);
    const more = placed.extend({ channel: z.enum(['web', 'phone', 'shop']) });
    expect(faultsOf(channels, more)).toEqual([expect.stringContaining('channel may be "shop"')]);
  });

  test('a personal field, to a consumer that takes no null', () => {
    expect(faultsOf(billing({ name: text }), placed)).toEqual([
      expect.stringContaining('name may be no string'),
    ]);
  });

  test.each([
    ['an optional field that was never there', { nota: text }, 'nota'],
    ['one inside of a list', { lines: { items: { properties: { gist: text } } } }, 'lines[].gist'],
    ['one inside of another', { to: { properties: { town: text } } }, 'to.town'],
  ])('%s', (_what, properties, field) => {
    expect(faultsOf(billing(properties), placed)).toEqual([
      expect.stringContaining(`${field} is no field of it`),
    ]);
  });

  test('a keyword that cannot be compared', () => {
    expect(faultsOf(billing({ order: { type: 'string', pattern: '^o-' } }), placed)).toEqual([
      expect.stringContaining('order has another pattern'),
    ]);
  });
});

test('CT8 an event, a version and a publication that are gone are named, with what there is', () => {
  expect(faultsOf(billing({}, [], 'shop.paid'), placed)).toEqual([
    expect.stringContaining('billing uses shop.paid version 1 of shop, which is not published'),
  ]);
  const other = { ...used, publication: 'stock' };
  expect(faultsOf(other, placed)).toEqual([
    'billing reads the publication stock, which does not exist. There are: shop.',
  ]);
  const [event] = used.events;
  const later = { ...used, events: event ? [{ ...event, version: 2 }] : [] };
  expect(faultsOf(later, placed)).toEqual([expect.stringContaining('shop.placed version 2')]);
});

test('CT8 the use of a deprecated version is a note', () => {
  expect(compareContract(used, [shop(placed, '2027-06-30')])).toEqual({
    faults: [],
    notes: ['billing uses shop.placed version 1 of shop, which is promised until 2027-06-30.'],
  });
});

test('CT8 a recursive schema is compared as far as the contract names its fields', () => {
  const tree = z.strictObject({
    order: z.string(),
    get inner() {
      return tree.optional();
    },
  });
  const inner = { type: 'object', properties: { order: text }, required: ['order'] };
  expect(faultsOf(billing({ order: text }), tree)).toEqual([]);
  expect(faultsOf(billing({ inner: {} }), tree)).toEqual([]);
  expect(faultsOf(billing({ inner }), tree)).toEqual([expect.stringContaining('inner')]);
});

test.each([
  [{ consumer: 'a', publication: 'b' }],
  [{ consumer: 'a', publication: 'b', events: [] }],
  [{ consumer: 'a', publication: 'b', events: [{ type: 'c', version: 0, data: {} }] }],
  [{ consumer: '', publication: 'b', events: [{ type: 'c', version: 1, data: {} }] }],
  [{ consumer: 'a', publication: 'b', events: [{ type: 'c', version: 1, data: {} }], more: 1 }],
])('CT8 %j is no contract', (value) => {
  expect(consumerContract.safeParse(value).success).toBe(false);
});
