/** What a user can and cannot write in `definePublication`. Checked by the compiler, never run. */
import {
  accept,
  defineAccess,
  defineAggregate,
  defineApp,
  definePublication,
  event,
  personal,
  publicEvent,
} from 'ledge';
import * as z from 'zod';

const order = defineAggregate({
  name: 'order',
  events: {
    Placed: event(
      z.strictObject({
        customer: z.string(),
        name: personal(z.string(), 'customer'),
        cents: z.int(),
      }),
    ),
    Cancelled: event(z.strictObject({})),
  },
  commands: { Place: z.strictObject({}) },
  initialState: () => null,
  evolve: { Placed: () => null, Cancelled: () => null },
  decide: { Place: () => accept() },
});

const events = {
  'shop.placed': publicEvent(
    z.strictObject({ order: z.string(), size: z.enum(['small', 'large']) }),
    { version: 1 },
  ),
  'shop.named': publicEvent(
    z.strictObject({ customer: z.string(), name: personal(z.string(), 'customer') }),
    { version: 1 },
  ),
  'shop.cancelled': [
    publicEvent(z.strictObject({ order: z.string() }), { version: 1 }),
    publicEvent(z.strictObject({ id: z.string(), tags: z.array(z.string()) }), { version: 2 }),
  ],
} as const;

export const shop = definePublication({
  name: 'shop',
  from: [order],
  events,
  on: {
    order: {
      Placed: ({ aggregateId, data: { cents, customer, name } }, publish) => [
        publish('shop.placed', { order: aggregateId, size: cents > 100 ? 'large' : 'small' }),
        publish('shop.named', { customer, name }),
      ],
      Cancelled: ({ aggregateId }, publish) => [
        publish('shop.cancelled', { id: aggregateId, tags: ['a'] }),
        publish('shop.cancelled', { order: aggregateId }, 1),
        publish('shop.cancelled', { id: aggregateId, tags: [] }, 2),
      ],
    },
  },
});

const base = { name: 'shop', from: [order], events } as const;

// @ts-expect-error there is no such aggregate among its sources
definePublication({ ...base, on: { oder: {} } });
// @ts-expect-error there is no such event
definePublication({ ...base, on: { order: { Shipped: () => [] } } });
// @ts-expect-error a handler returns what it publishes
definePublication({ ...base, on: { order: { Placed: () => 7 } } });
definePublication({
  ...base,
  // @ts-expect-error there is no such public event
  on: { order: { Cancelled: (_, publish) => publish('shop.shipped', {}) } },
});
definePublication({
  ...base,
  on: {
    // @ts-expect-error the data has no such field
    order: { Placed: (_, publish) => publish('shop.placed', { order: 'a', size: 'small', x: 1 }) },
  },
});
definePublication({
  ...base,
  // @ts-expect-error the data lacks a field
  on: { order: { Placed: (_, publish) => publish('shop.placed', { order: 'a' }) } },
});
definePublication({
  ...base,
  // @ts-expect-error the first version has other data
  on: { order: { Placed: (_, publish) => publish('shop.cancelled', { id: 'a', tags: [] }, 1) } },
});
definePublication({
  ...base,
  // @ts-expect-error there is no third version
  on: { order: { Placed: (_, publish) => publish('shop.cancelled', { id: 'a', tags: [] }, 3) } },
});
definePublication({
  ...base,
  on: {
    order: {
      Placed: ({ data }, publish) =>
        // @ts-expect-error a sealed value is no text
        publish('shop.placed', { order: data.name, size: 'small' }),
    },
  },
});
definePublication({
  ...base,
  on: {
    order: {
      // @ts-expect-error a personal field takes sealed values alone
      Placed: (_, publish) => publish('shop.named', { customer: 'ann', name: 'Ann' }),
    },
  },
});
// @ts-expect-error JSON has no dates
publicEvent(z.strictObject({ at: z.date() }), { version: 1 });

const app = defineApp({ aggregates: [order], publications: [shop] });
const claims = z.object({});
defineAccess(app, { claims, roles: { partner: { publications: ['shop'] } } });
defineAccess(app, { claims, roles: { partner: { publications: 'all' } } });
// @ts-expect-error there is no such publication
defineAccess(app, { claims, roles: { partner: { publications: ['shoop'] } } });
const silent = defineApp({ aggregates: [order] });
// @ts-expect-error the app publishes nothing
defineAccess(silent, { claims, roles: { partner: { publications: ['shop'] } } });
