/**
 * The shop on a platform that fails once in a hundred times: trips to D1 that are not made or whose answer is
 * lost, messages that the queue refuses or takes twice, deliveries that the consumer dies in, before or after its work.
 * It does so between `/soak/break` and `/soak/mend`, which answers how often. `/soak/tables` counts the rows of D1's
 * tables; `/soak/cron` is the cron, which does not run locally.
 */
import { app } from '../../test/shop/app.ts';
import { faults, faultyDatabase } from '../../test/workers/support/faults.ts';
import { READ_HEAD } from '../../worker/journal/page-sql.ts';
import { ledge } from '../../worker/ledge.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { cloudflare } from '../../worker/runtime/platform.ts';

const FAULT_SHARE = 0.01;
let faultShare = 0;

let struck = 0;

/** Two kinds of fault share what fails of a kind of thing. */
function strikes(): boolean {
  const isStruck = Math.random() < faultShare / 2;
  if (isStruck) struck++;
  return isStruck;
}

function fail(what: string): void {
  if (strikes()) throw new Error(what);
}

faults.beforeTrip = () => fail('D1_ERROR: Network connection lost.');
faults.afterTrip = () => fail('D1_ERROR: Network connection lost.');

const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app, {
  database: (env) => faultyDatabase(env.DB),
  sendEvents: async (env, message, queue) => {
    fail('Queue is overloaded. Please back off.');
    if (strikes()) await cloudflare.sendEvents(env, message, queue);
    return cloudflare.sendEvents(env, message, queue);
  },
});

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
  async queue(batch, env) {
    fail('The consumer died before its work.');
    await worker.queue(batch, env);
    fail('The consumer died after its work.');
  },
  async fetch(request, env, ctx) {
    switch (new URL(request.url).pathname) {
      case '/soak/tables':
        return Response.json(await tablesOf(env.DB));
      case '/soak/cron':
        await worker.scheduled(minute(), env);
        return new Response();
      case '/soak/break':
        faultShare = FAULT_SHARE;
        return new Response();
      case '/soak/mend':
        faultShare = 0;
        return Response.json({ struck });
      default:
        return worker.fetch(request, env, ctx);
    }
  },
} satisfies ExportedHandler<LedgeEnv>;

const minute = (): ScheduledController => ({
  scheduledTime: Date.now(),
  cron: '* * * * *',
  noRetry: () => undefined,
});

interface Table {
  readonly name: string;
  readonly sql: string;
}

/** Rows by table, and the events of the journal. Of a table that only grows, the newest row's number: to count it would take longer and longer. */
async function tablesOf(database: D1Database): Promise<Record<string, number>> {
  const own = "type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'";
  const { results } = await database
    .prepare(`SELECT name, sql FROM sqlite_master WHERE ${own}`)
    .all<Table>();
  const counts = await database.batch<{ count: number | null }>(
    results.map(({ name, sql }) =>
      database.prepare(
        `SELECT ${sql.includes('WITHOUT ROWID') ? 'count(*)' : 'max(rowid)'} AS count FROM "${name}"`,
      ),
    ),
  );
  const rows = counts.map(({ results: [row] }) => row?.count ?? 0);
  const tables = Object.fromEntries(results.map(({ name }, index) => [name, rows[index] ?? 0]));
  const head = await database.prepare(READ_HEAD).first<{ head: number }>();
  return { ...tables, journal: head?.head ?? 0 };
}
