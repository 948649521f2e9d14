/** The shop over two databases: a test chooses which of them answers, and what becomes of a message. */

import type { App } from '../../core/app.ts';
import type { TenantPolicy } from '../../worker/runtime/known-tenants.ts';
import { cloudflare, type Platform } from '../../worker/runtime/platform.ts';
import { app } from '../shop/app.ts';
import { faultyPlatform } from '../workers/support/faults.ts';
import { heldLedge } from '../workers/support/held-ledge.ts';

interface SentMessage {
  readonly body: string;
  /** The index of its queue. */
  readonly queue: number;
}

export const world = {
  /** The indexes of the databases that cannot be reached. */
  down: new Set<number>(),
  /** Round trips and rows of each database, by its index. */
  use: [nothing(), nothing()],
  sent: [] as SentMessage[],
  /** Whether the real queues take the messages, too. */
  isQueued: false,
};

function nothing() {
  return { trips: 0, rowsWritten: 0, rowsRead: 0 };
}

export function resetUse(): void {
  world.use = [nothing(), nothing()];
}

type Door = D1Database | D1DatabaseSession;

/** All of Ledge's round trips are batches. */
function watched<Open extends Door>(door: Open, index: number): Open {
  const own = {
    withSession: (start: D1SessionConstraint) =>
      'withSession' in door ? watched(door.withSession(start), index) : undefined,
    batch: async (statements: D1PreparedStatement[]) => {
      if (world.down.has(index)) throw new Error('D1_ERROR: Network connection lost.');
      const results = await door.batch(statements);
      const use = world.use[index] ?? nothing();
      use.trips++;
      for (const { meta } of results) {
        use.rowsWritten += meta.rows_written;
        use.rowsRead += meta.rows_read;
      }
      return results;
    },
  };
  return new Proxy(door, {
    get: (target, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const doors = new Map<number, D1Database>();

const platform: Partial<Platform> = {
  ...faultyPlatform,
  database: (env, index) => {
    const door = doors.get(index) ?? watched(cloudflare.database(env, index), index);
    doors.set(index, door);
    return door;
  },
  sendEvents: async (env, body, queue) => {
    world.sent.push({ body, queue });
    if (world.isQueued) await cloudflare.sendEvents(env, body, queue);
  },
};

/** A Worker whose isolate knows no tenant yet: a token is `acme.ann.operator`. */
export function isolate(tenants: TenantPolicy = 'provisioned', of: App = app) {
  return heldLedge(of, {
    ...platform,
    tenants,
    authenticate: ({ headers }) => {
      const [tenant, user, ...roles] = (headers.get('authorization') ?? '').split('.');
      return tenant && user ? { tenant, id: `user:${user}`, roles } : undefined;
    },
  });
}

export type Isolate = ReturnType<typeof isolate>;

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = isolate();

export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
