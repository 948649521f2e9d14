/**
 * The product's runtime with an app of the bench's own: entries of 100 bytes, in books with snapshots and without.
 * `GET /bytes/{aggregate}/{id}` returns the bytes of a stream in its object.
 */
import * as z from 'zod';
import { defineAggregate, type SnapshotPolicy } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { emptyMap, getEntry, withEntry } from '../../core/values/persistent-map.ts';
import { ledge } from '../../worker/ledge.ts';
import type { AggregateStub, LedgeEnv } from '../../worker/runtime/env.ts';

const entry = z.strictObject({ account: z.string(), cents: z.int(), text: z.string() });

function bookAggregate<const Name extends string>(name: Name, snapshots?: SnapshotPolicy) {
  return defineAggregate({
    name,
    events: { EntryPosted: event(entry) },
    commands: { PostEntry: entry },
    initialState: () => ({ entries: 0, cents: 0 }),
    evolve: {
      EntryPosted: ({ entries, cents }, { data }) => ({
        entries: entries + 1,
        cents: cents + data.cents,
      }),
    },
    decide: { PostEntry: (data) => accept({ type: 'EntryPosted', data }) },
    ...(snapshots && { snapshots }),
  });
}

/** Its state has an entry for every account. */
const growingBook = defineAggregate({
  ...bookAggregate('growing-book'),
  initialState: () => emptyMap<number>(),
  evolve: {
    EntryPosted: (accounts, { data: { account, cents } }) =>
      withEntry(accounts, account, (getEntry(accounts, account) ?? 0) + cents),
  },
});

const app = defineApp({
  aggregates: [
    bookAggregate('book'),
    growingBook,
    bookAggregate('kept-book', { every: 1_000, stateVersion: 1 }),
  ],
  projections: [],
});

const {
  AggregateObject: ProductObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app);

export class AggregateObject extends ProductObject {
  databaseSize(): number {
    return this.ctx.storage.sql.databaseSize;
  }
}

export { GroupObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject };

interface BookStub extends AggregateStub {
  databaseSize(): Promise<number>;
}

interface Env extends LedgeEnv {
  readonly AGGREGATE: { getByName(name: string): BookStub };
}

export default {
  ...worker,
  async fetch(request, env, ctx) {
    const [route, ...path] = new URL(request.url).pathname.split('/').slice(1);
    if (route !== 'bytes') return worker.fetch(request, env, ctx);
    return Response.json(await env.AGGREGATE.getByName(['main', ...path].join('/')).databaseSize());
  },
} satisfies ExportedHandler<Env>;
