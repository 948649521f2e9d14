/** A publication's definition, and what its handlers may return. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event, type RecordedEvent } from '../aggregate/event.ts';
import { defineApp } from '../app.ts';
import { defineReactor } from '../process/reactor.ts';
import { definePublication } from './define-publication.ts';
import { publicEvent } from './public-event.ts';
import { publicEventId, publishedEvents } from './publication.ts';

const order = defineAggregate({
  name: 'order',
  events: {
    Placed: event(z.strictObject({ cents: z.int() })),
    Noted: event(z.strictObject({})),
  },
  commands: { Place: z.strictObject({}) },
  initialState: () => null,
  evolve: { Placed: () => null, Noted: () => null },
  decide: { Place: () => accept() },
});

const placed = publicEvent(z.strictObject({ order: z.string(), cents: z.int().default(0) }), {
  version: 1,
});
const placed2 = publicEvent(z.strictObject({ order: z.string() }), { version: 2 });

const shop = definePublication({
  name: 'shop',
  from: [order],
  events: { 'shop.placed': [placed, placed2] },
  on: {
    order: {
      Placed: ({ aggregateId, data: { cents } }, publish) => [
        publish('shop.placed', { order: aggregateId }),
        publish(
          'shop.placed',
          cents === 0 ? { order: aggregateId } : { order: aggregateId, cents },
          1,
        ),
      ],
    },
  },
});

function recorded(type: string, data: object): RecordedEvent {
  const metadata = { actor: 'a', commandId: 'c', causationId: 'c', correlationId: 'c' };
  return {
    ...{ id: 'e-7', tenant: 'acme', stream: 'order/o-1', version: 7, type, schemaVersion: 1, data },
    ...{ recordedAt: '2026-01-02T00:00:00.000Z', occurredAt: '2026-01-01T00:00:00.000Z' },
    ...{
      metadata: { ...metadata, traceparent: '00-a-b-01' },
      aggregate: 'order',
      aggregateId: 'o-1',
    },
  };
}

test('PB1 a public event has its source, in the newest version unless another one is named', () => {
  const events = publishedEvents(shop, recorded('Placed', { cents: 0 }));
  const source = {
    ...{ tenant: 'acme', publication: 'shop', stream: 'order/o-1', streamVersion: 7 },
    ...{ occurredAt: '2026-01-01T00:00:00.000Z', traceparent: '00-a-b-01', type: 'shop.placed' },
  };
  expect(events).toEqual([
    { ...source, version: 2, data: { order: 'o-1' } },
    { ...source, version: 1, data: { order: 'o-1', cents: 0 } },
  ]);
  expect(events.map(publicEventId)).toEqual([
    'shop/order/o-1@7/shop.placed.2',
    'shop/order/o-1@7/shop.placed.1',
  ]);
});

test('PB1 an event without a handler stays private', () => {
  expect(publishedEvents(shop, recorded('Noted', {}))).toEqual([]);
  expect(publishedEvents(shop, recorded('constructor', {}))).toEqual([]);
});

describe('PB13 a definition is refused', () => {
  const on = {};
  test.each([0, 1.5, -1, Number.NaN])('with the version %s', (version) => {
    expect(() => publicEvent(z.strictObject({}), { version })).toThrow(RangeError);
  });

  test('whose versions are not listed oldest first', () => {
    const events = { 'shop.placed': [placed2, placed] } as const;
    expect(() => definePublication({ name: 'shop', from: [order], events, on })).toThrow(
      'The versions of shop.placed are not listed oldest first.',
    );
  });

  const appOf = (...publications: Parameters<typeof defineApp>[0]['publications'] & object[]) =>
    defineApp({ aggregates: [order], publications });

  test('with the name of a reactor, and of no URL', () => {
    const named = (name: string) => definePublication({ name, from: [order], events: {}, on });
    const reactor = defineReactor({ name: 'shop', from: [order], on });
    const both = { aggregates: [order], reactors: [reactor], publications: [shop] };
    expect(() => defineApp(both)).toThrow('name shop is taken twice');
    expect(() => appOf(named('a b'))).toThrow('name a b needs');
  });

  test('with a type of no URL, and a schema that JSON does not carry', () => {
    const odd = { name: 'shop', from: [order], on } as const;
    const spaced = definePublication({ ...odd, events: { 'a b': placed } });
    expect(() => appOf(spaced)).toThrow('event name a b needs');
    const dated = publicEvent(z.strictObject({ at: z.date() }) as never, { version: 1 });
    expect(() => appOf(definePublication({ ...odd, events: { dated } }))).toThrow('is a date');
  });

  test('with another schema for a version of a type than another publication has', () => {
    const other = { name: 'other', from: [order], on } as const;
    const same = definePublication({ ...other, events: { 'shop.placed': [placed, placed2] } });
    expect(appOf(shop, same).publications).toHaveLength(2);
    const again = publicEvent(z.strictObject({ id: z.string() }), { version: 2 });
    const differs = definePublication({ ...other, events: { 'shop.placed': again } });
    expect(() => appOf(shop, differs)).toThrow('shop.placed version 2 is defined twice');
  });

  test('from an aggregate that the app does not have', () => {
    expect(() => defineApp({ aggregates: [], publications: [shop] })).toThrow('shop reads order');
  });
});

test.each([
  ['now', 0],
  ['beginning', 1],
] as const)(
  'PB16 a publication that starts %s has %i public events of an imported one',
  (startsAt, count) => {
    const { metadata, ...event } = recorded('Placed', { cents: 0 });
    const published = publishedEvents(
      definePublication({
        ...{ name: 'shop', from: [order], events: { placed: placed2 }, startsAt },
        on: { order: { Placed: (_event, publish) => publish('placed', { order: 'o-1' }) } },
      }),
      { ...event, metadata: { ...metadata, imported: true } },
    );
    expect(published).toHaveLength(count);
  },
);
