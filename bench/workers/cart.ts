/**
 * The cart that the peers' scripts fill, with a row of a read model for each: `GET /carts/{id}`, where they ask for it,
 * is that row.
 */
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept, reject } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { ledge } from '../../worker/ledge.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';

const item = z.strictObject({
  sku: z.string(),
  qty: z.int().min(1),
  price: z.int(),
  note: z.string(),
});

interface Cart {
  readonly isOpen: boolean;
  readonly lines: number;
  readonly quantity: number;
  readonly total: number;
}

const cart = defineAggregate({
  name: 'cart',
  events: { ItemAdded: event(item) },
  commands: { AddItem: item },
  initialState: (): Cart => ({ isOpen: true, lines: 0, quantity: 0, total: 0 }),
  evolve: {
    ItemAdded: (state, { data: { qty, price } }) => ({
      ...state,
      lines: state.lines + 1,
      quantity: state.quantity + qty,
      total: state.total + qty * price,
    }),
  },
  decide: {
    AddItem: (data, { isOpen }) =>
      isOpen ? accept({ type: 'ItemAdded', data }) : reject('cart-is-closed'),
  },
});

const carts = defineProjection({
  name: 'carts',
  version: 1,
  from: [cart],
  tables: {
    carts: table(
      {
        cart: text().notNull(),
        lines: integer().notNull(),
        quantity: integer().notNull(),
        total: integer().notNull(),
      },
      { key: ['cart'], filters: [], sorts: [] },
    ),
  },
  on: {
    cart: {
      ItemAdded: ({ aggregateId, version, data: { qty, price } }, { carts }) => {
        const added = { lines: 1, quantity: qty, total: qty * price };
        return version === 1
          ? carts.insert({ cart: aggregateId, ...added })
          : carts.patch({ cart: aggregateId }, { add: added });
      },
    },
  },
});

const app = defineApp({ aggregates: [cart], projections: [carts] });
const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app);

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};

export default {
  ...worker,
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (!url.pathname.startsWith('/carts/')) return worker.fetch(request, env, ctx);
    url.pathname = `/v1/queries${url.pathname}`;
    return worker.fetch(new Request(url, request), env, ctx);
  },
} satisfies ExportedHandler<LedgeEnv>;
