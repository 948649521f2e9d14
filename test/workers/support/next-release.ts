/** The objects of a release to come: the same code with one storage format more, on the storage that there is. */

import { runInDurableObject } from 'cloudflare:test';
import type { Command } from '../../../core/aggregate/command.ts';
import type { App } from '../../../core/app.ts';
import { aggregateObject } from '../../../durable-objects/aggregate/aggregate-object.ts';
import { AGGREGATE_SCHEMA } from '../../../durable-objects/aggregate/schema.ts';
import type { Ports } from '../../../durable-objects/index.ts';
import type { AggregateStub } from '../../../worker/runtime/env.ts';
import { faults } from './faults.ts';
import { env, objectOf } from './harness.ts';

/** Changes of tables that every object has, and of one that only some have. It leaves a row for each time it runs. */
export const nextSchema: typeof AGGREGATE_SCHEMA = {
  ...AGGREGATE_SCHEMA,
  migrations: [
    ...AGGREGATE_SCHEMA.migrations,
    [
      { table: 'event', sql: 'ALTER TABLE event ADD COLUMN note TEXT' },
      { table: 'timer', sql: 'ALTER TABLE timer ADD COLUMN note TEXT' },
      { table: 'object', sql: 'CREATE TABLE migrated (at INTEGER PRIMARY KEY) STRICT' },
      { table: 'object', sql: 'INSERT INTO migrated (at) VALUES (NULL)' },
    ],
  ],
};

const ports: Ports<typeof env> = {
  nowMs: () => Date.now(),
  newId: () => crypto.randomUUID(),
  sendEvents: async (_env, message) => faults.messages.push(message),
  oldestMessageMs: async () => undefined,
  projectedVersion: async () => ({ version: 0 }),
  journalEnd: async () => ({ version: 0, settled: 0, position: 0 }),
  readJournal: async (_env, _of, after) => ({ events: [], upTo: after }),
  buildPage: async () => 'idle',
  sendReaction: async () => ({ state: 'answered' }),
  ownEnv: (own) => own,
  newSubjectKey: async () => 'wrapped',
  openPersonal: async () => null,
  rewrapSubjectKey: async (_env, _tenant, wrapped) => wrapped,
  inSpan: (_name, _attributes, work) => work(),
  reportIncident: async () => undefined,
  resolveIncident: async () => undefined,
  log: () => undefined,
};

/** What the object answers where it is called without RPC. */
type AggregateCalls = {
  readonly [Name in keyof AggregateStub]: (
    ...asked: Parameters<AggregateStub[Name]>
  ) => Awaited<ReturnType<AggregateStub[Name]>>;
};

function classOf(app: App, schema: typeof nextSchema) {
  return aggregateObject({ app, ports, schema });
}

/** Runs a function with the object of a schema, and evicts the object. */
export function nextCode<Result>(
  app: App,
  stream: string,
  schema: typeof nextSchema,
  work: (object: AggregateCalls) => Result | Promise<Result>,
): Promise<Result> {
  return runInDurableObject(objectOf(stream), (_object, ctx) => {
    // Its class is made in a function, so that a Worker can export it: the calls are not in its type.
    const object: unknown = new (classOf(app, schema))(ctx, env);
    return work(object as AggregateCalls);
  });
}

/** How often the migration of `nextSchema` has run. */
export function migrationsOf(stream: string): Promise<number> {
  return runInDurableObject(objectOf(stream), (_object, { storage: { sql } }) => {
    const made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrated'").toArray();
    return made.length === 0 ? 0 : sql.exec('SELECT at FROM migrated').toArray().length;
  });
}

export function commandOf(name: string, data: unknown): Command {
  return { name, data, fingerprint: 'f', actor: 'tester' };
}
