/** `ledge check`: a clean project has no fault; each fault, planted alone, is the one that is found. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findFaults, findNotes } from '../../cli/check/find-faults.ts';
import { rateBindings } from '../../core/protocol/rate-limits.ts';
import {
  bindDatabases,
  bindQueues,
  type PlantedConfig,
  PlantedProject,
} from './support/planted-project.ts';
import { ranCli } from './support/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each starts a process. */
const SLOW = { timeout: 60_000 };

async function check({ folder }: PlantedProject, ...args: string[]) {
  const command = [join(root, 'cli/main.ts'), 'check', ...args];
  const { code, stdout, stderr } = await ranCli(spawn(process.execPath, command, { cwd: folder }));
  return { code, faults: stderr.trim().split('\n').filter(Boolean), stdout };
}

type Plant = (project: PlantedProject) => void;

const configured =
  (edit: (config: PlantedConfig) => void): Plant =>
  (project) =>
    project.config(edit);

/** The same with three queues. */
const onQueues = (edit: (queues: PlantedConfig['queues']) => void): Plant =>
  configured(({ queues }) => {
    bindQueues(queues, 3);
    edit(queues);
  });

/** The same with three databases. */
const onDatabases = (edit: (config: PlantedConfig) => void): Plant =>
  configured((config) => {
    bindDatabases(config, 3);
    edit(config);
  });

/** The Worker's call with other options. */
const called =
  (options: string): Plant =>
  (project) =>
    project.edit('src/index.ts', (text) => text.replace("{ queue: 'planted' }", options));

/** By what is planted, the one fault that is found. */
/** The app of the project with a schedule, twice. */
const scheduled =
  (times: string): Plant =>
  (project) =>
    project.write(
      'src/app.ts',
      `import { defineApp } from '${root}core/app';
      import { defineSchedule } from '${root}core/schedule/define-schedule';
      import { app as bank } from '${root}test/other-app/app';
      const nightly = defineSchedule({ name: 'nightly', ${times}, missed: 'skip', on: () => [] });
      export const app = defineApp({ ...bank, schedules: [nightly, nightly] });`,
    );

const PLANTED: Readonly<Record<string, readonly [Plant, RegExp]>> = {
  'CT6 the catalog beside the app is out of date': [
    (project) => project.write('src/catalog.md', '# Catalog'),
    /src\/catalog\.md is not what the app defines\. Run: /,
  ],
  'CT8 a contract is not kept': [
    (project) =>
      project.write(
        'contracts/bank.json',
        JSON.stringify({
          ...{ consumer: 'bank', publication: 'town' },
          events: [{ type: 'moved', version: 1, data: {} }],
        }),
      ),
    /contracts\/bank\.json: bank reads the publication town, which does not exist\./,
  ],
  'CK1 a migration of Ledge is not copied': [
    (project) => project.remove('sql/0001_ledge_tables.sql'),
    /^No migration creates Ledge's own 0001_tables\.sql\. Run: /,
  ],
  'CK1 a copy was edited': [
    (project) =>
      project.edit('sql/0001_ledge_tables.sql', (sql) =>
        sql.replace('`id` text NOT', '`id` int NOT'),
      ),
    /^0001_ledge_tables\.sql differs from Ledge's own migration at subscription: copy .* over it/,
  ],
  'CK1 a copy comes twice': [
    (project) =>
      project.write(
        'sql/0003_ledge_tables.sql',
        readFileSync(join(project.folder, 'sql/0001_ledge_tables.sql'), 'utf8'),
      ),
    /^0003_ledge_tables\.sql is the same migration of Ledge's own as 0001_ledge_tables\.sql: delete/,
  ],
  "CK1 a migration of the project's own makes a table of Ledge": [
    (project) => project.write('sql/0009_mine.sql', 'CREATE TABLE "watch" (id INTEGER);'),
    /^0009_mine\.sql has a statement about watch, a table of Ledge's own: take it out/,
  ],
  'CK1 a read model has no table': [
    (project) => project.remove('sql/0002_balances_v1_bank_v1.sql'),
    /^No migration creates balances_v1, bank_v1\. Run: /,
  ],
  'CK1 there is no folder of migrations': [
    (project) => project.remove('sql'),
    /^No migration creates Ledge's own 0001_tables\.sql, balances_v1, bank_v1\. Run: /,
  ],
  'QU3 a filter without an index is not declared': [
    (project) =>
      project.write(
        'src/app.ts',
        `import { app } from '${root}test/other-app/app';
        Object.assign(app.projections[0].tables[0].definition.scans, { filters: [] });
        export { app };`,
      ),
    /^The filter owner of the table balances reads every row of a tenant \(.*\)\. Add indexes: \[\['owner'\]\]/,
  ],
  'CK2 an event is not recorded': [
    (project) => project.remove('src/events.lock.json'),
    /^Not recorded yet: account AccountOpened .* commit \S*src\/events\.lock\.json\.$/,
  ],
  'CK2 an event changed': [
    (project) =>
      project.edit('src/events.lock.json', (text) => text.replace('"integer"', '"string"')),
    /is released and differs now\. .*\.upcast\(/,
  ],
  'CK2 an event ends its stream no longer': [
    (project) =>
      project.edit('src/events.lock.json', (text) =>
        text.replace('"account": {', '"account": { "@endsWith": ["AccountOpened"],'),
      ),
    /would take commands again\. Bring AccountOpened back into endsWith\.$/,
  ],
  'CK2 the lock is no lock': [
    (project) => project.write('src/events.lock.json', '<<<<<<< HEAD'),
    /src\/events\.lock\.json is no events lock: take it back from version control/,
  ],
  'CK3 an object has no binding': [
    configured(({ durable_objects }) => durable_objects.bindings.pop()),
    /^The binding REBUILD of a Durable Object is missing: add .*"RebuildObject" .* wrangler\.jsonc\.$/,
  ],
  'CK3 the queue has no binding': [
    configured(({ queues }) => queues.producers.pop()),
    /^The binding EVENTS of a queue is missing: add it to queues\.producers/,
  ],
  'CK3 the database has no binding': [
    configured(({ d1_databases }) => {
      for (const database of d1_databases) database.binding = 'OTHER';
    }),
    /^The binding DB of a D1 database is missing: add it to d1_databases/,
  ],
  'CK20 a rate limit has no binding': [
    configured(({ ratelimits }) => ratelimits.shift()),
    /^The binding RATE_DENIED of a rate limit is missing: add name "RATE_DENIED" .* limit = 20, period = 60 \} to ratelimits in wrangler\.jsonc\.$/,
  ],
  'CK20 a rate limit has another number': [
    configured(({ ratelimits: [first] }) => first && Object.assign(first.simple, { limit: 21 })),
    /^The rate limit RATE_DENIED is not what its refusals say: set simple = \{ limit = 20, period = 60 \}/,
  ],
  'CK20 a rate limit has another window': [
    configured(({ ratelimits }) => Object.assign(ratelimits[1]?.simple ?? {}, { period: 60 })),
    /^The rate limit RATE_LOW is not what its refusals say/,
  ],
  'CK4 a class is not exported': [
    (project) =>
      project.edit('src/index.ts', (text) =>
        text.replace('export { AggregateObject, ', 'void AggregateObject;\nexport { '),
      ),
    /src\/index\.ts does not export AggregateObject: export what ledge\(app\) returns\.$/,
  ],
  'CK4 the handlers are not exported': [
    (project) =>
      project.edit('src/index.ts', (text) => text.replace('export default worker', 'void worker')),
    /src\/index\.ts does not export default: export what ledge\(app\) returns\.$/,
  ],
  'CK4 a class has no SQLite storage': [
    configured(({ exports }) => delete exports.HealthObject),
    /^HealthObject has no SQLite storage: add exports\.HealthObject /,
  ],
  'CK4 the main module does not build': [
    (project) => project.write('src/index.ts', 'export const = 1;'),
    /src\/index\.ts:1:13: ERROR: /,
  ],
  'CK5 the Worker takes another queue': [
    (project) => {
      called('{}')(project);
      project.write(
        'package.json',
        JSON.stringify({ type: 'module', ledge: { app: 'src/app.ts' } }),
      );
    },
    /^The Worker takes messages of events and events-…, and planted is bound: rename the queue in wrangler\.jsonc, or name it /,
  ],
  'CK3 an object has no binding under the name of the project': [
    (project) => {
      called("{ queue: 'planted', bindings: { LIVE: 'SHOP_LIVE' } }")(project);
      project.edit('package.json', (text) =>
        text.replace('"queue"', '"bindings": { "LIVE": "SHOP_LIVE" }, "queue"'),
      );
    },
    /^The binding SHOP_LIVE of a Durable Object is missing: add name "SHOP_LIVE" with class_name "LiveObject"/,
  ],
  'CK5 the queue has no consumer': [
    configured(({ queues }) => queues.consumers.shift()),
    /^The queue planted has no consumer: add it to queues\.consumers/,
  ],
  'CK5 the dead letter queue has no consumer': [
    configured(({ queues }) => queues.consumers.pop()),
    /^The queue planted-dead has no consumer: add it/,
  ],
  'CK5 there is no dead letter queue': [
    configured(({ queues }) => delete queues.consumers[0]?.dead_letter_queue),
    /^The consumer of planted has no dead letter queue .* set dead_letter_queue = "planted-dead"/,
  ],
  'CK5 the consumer may run several batches': [
    configured(({ queues }) => delete queues.consumers[0]?.max_concurrency),
    /^The consumer of planted may run several batches .* set max_concurrency = 1/,
  ],
  'CK5 the consumer gives up early': [
    configured(({ queues }) => Object.assign(queues.consumers[0] ?? {}, { max_retries: 10 })),
    /^The consumer of planted gives up too early: set max_retries = 100/,
  ],
  'CK5 the consumer of dead letters gives up early': [
    configured(({ queues }) => Object.assign(queues.consumers[1] ?? {}, { max_retries: 3 })),
    /^The consumer of planted-dead gives up too early/,
  ],
  'CK22 a further queue has no consumer': [
    onQueues(({ consumers }) => consumers.splice(1, 1)),
    /^The queue planted-2 has no consumer: add it to queues\.consumers in wrangler\.jsonc\.$/,
  ],
  'CK22 the consumer of a further queue may run several batches': [
    onQueues(({ consumers: [, second] }) => Object.assign(second ?? {}, { max_concurrency: 5 })),
    /^The consumer of planted-2 may run several batches .* set max_concurrency = 1 .* several queues/,
  ],
  'CK22 a further queue has no dead letter queue': [
    onQueues(({ consumers: [, second] }) => delete second?.dead_letter_queue),
    /^The consumer of planted-2 has no dead letter queue .* set dead_letter_queue = "planted-dead"/,
  ],
  'CK22 the dead letter queue of several queues has no consumer': [
    onQueues(({ consumers }) => consumers.pop()),
    /^The queue planted-dead has no consumer/,
  ],
  'CK22 a further queue has a name that the Worker does not take': [
    onQueues(({ producers: [, second], consumers }) => {
      Object.assign(second ?? {}, { queue: 'other' });
      Object.assign(consumers[1] ?? {}, { queue: 'other' });
    }),
    /^The Worker takes messages of planted and planted-…, and other is bound/,
  ],
  'CK22 the numbers of queues have a gap': [
    onQueues(({ producers: [, , third] }) => Object.assign(third ?? {}, { binding: 'EVENTS_4' })),
    /^No event is sent to the binding EVENTS_4: .* EVENTS, EVENTS_2 and so on to EVENTS_16 without a gap, and the last before it is EVENTS_2\. Renumber it/,
  ],
  'CK22 a queue has a number that there is not': [
    onQueues(({ producers }) => producers.push({ binding: 'EVENTS_02', queue: 'planted-4' })),
    /^No event is sent to the binding EVENTS_02: /,
  ],
  'CK22 two bindings have one queue': [
    onQueues(({ producers: [, , third], consumers }) => {
      Object.assign(third ?? {}, { queue: 'planted-2' });
      consumers.splice(2, 1);
    }),
    /^EVENTS_2 and EVENTS_3 are bound to the same queue planted-2: /,
  ],
  'CK22 a binding has the dead letter queue': [
    onQueues(({ producers: [, , third], consumers }) => {
      Object.assign(third ?? {}, { queue: 'planted-dead' });
      consumers.splice(2, 1);
    }),
    /^EVENTS_3 is bound to planted-dead, which is for what another queue gave up on/,
  ],
  'CK22 the consumer of a queue that is drained gives up early': [
    onQueues(({ producers, consumers: [, , third] }) => {
      producers.pop();
      Object.assign(third ?? {}, { max_retries: 3 });
    }),
    /^The consumer of planted-3 gives up too early/,
  ],
  'CK25 the numbers of databases have a gap': [
    onDatabases(({ d1_databases: [, , third], r2_buckets }) => {
      Object.assign(third ?? {}, { binding: 'DB_4' });
      r2_buckets.pop();
    }),
    /^No tenant lives in the database of the binding DB_4: databases are bound as DB, DB_2 and so on to DB_16 without a gap, and the last before it is DB_2\. Renumber it in wrangler\.jsonc, /,
  ],
  'CK25 a database has a number that there is not': [
    onDatabases(({ d1_databases: [, , third], r2_buckets }) => {
      Object.assign(third ?? {}, { binding: 'DB_02' });
      r2_buckets.pop();
    }),
    /^No tenant lives in the database of the binding DB_02: /,
  ],
  'CK25 two bindings have one database': [
    onDatabases(({ d1_databases: [, , third] }) =>
      Object.assign(third ?? {}, { database_name: 'planted-2' }),
    ),
    /^DB_2 and DB_3 are bound to the same database planted-2: bind each to its own/,
  ],
  'CK25 two bindings have the id of one database': [
    onDatabases(({ d1_databases: [, second, third] }) => {
      Object.assign(second ?? {}, { database_id: '6a' });
      Object.assign(third ?? {}, { database_id: '6a' });
    }),
    /^DB_2 and DB_3 are bound to the same database planted-3: /,
  ],
  'CK25 a database has other migrations': [
    onDatabases(({ d1_databases: [, second] }) =>
      Object.assign(second ?? {}, { migrations_dir: 'other' }),
    ),
    /^The database DB_2 has its migrations from \S*other, and DB from \S*sql: set its migrations_dir/,
  ],
  'CK25 a database has no migrations': [
    onDatabases(({ d1_databases: [, second] }) =>
      Reflect.deleteProperty(second ?? {}, 'migrations_dir'),
    ),
    /^The database DB_2 has its migrations from \S*migrations, and DB from \S*sql: /,
  ],
  'CK26 the queues cannot be shared out to the databases': [
    onDatabases(({ queues }) => bindQueues(queues, 4)),
    /^4 queues cannot be shared out to 3 databases, .* bind one queue, or 3 or a multiple, in/,
  ],
  'CK27 a bucket has no database': [
    configured(({ r2_buckets }) =>
      r2_buckets.push({ binding: 'JOURNAL_2', bucket_name: 'planted-journal' }),
    ),
    /^The bucket JOURNAL_2 is for the database DB_2, and it is not bound: bind it in/,
  ],
  'CK28 a jurisdiction is declared for a database that is not bound': [
    onDatabases(({ vars }) => Object.assign(vars, { LEDGE_JURISDICTIONS: 'DB_2:eu,DB_4:eu' })),
    /^LEDGE_JURISDICTIONS names the database DB_4, and there are DB, DB_2, DB_3: bind it/,
  ],
  'CK28 the jurisdiction of a database is none of the platform': [
    onDatabases(({ vars }) => Object.assign(vars, { LEDGE_JURISDICTIONS: 'DB_2:mars' })),
    /^LEDGE_JURISDICTIONS is not of the form DB_2:eu, DB_3:us, with eu, us, fedramp\. Correct it in/,
  ],
  'CK30 a target of subscriptions is no binding': [
    configured(({ vars }) => Object.assign(vars, { LEDGE_TARGETS: 'WAREHOUSE' })),
    /^LEDGE_TARGETS names WAREHOUSE, which is no queue and no service: add it to queues\.producers/,
  ],
  'CK30 a target of subscriptions is a binding of Ledge': [
    configured(({ vars }) => Object.assign(vars, { LEDGE_TARGETS: 'EVENTS' })),
    /^LEDGE_TARGETS names EVENTS, a binding of Ledge: take it out in/,
  ],
  'CK29 the Worker and package.json name other queues': [
    called("{ queue: 'other' }"),
    /^The Worker has other for "queue" of ledge\(app, …\), and "ledge" in package\.json has planted: /,
  ],
  'CK29 the Worker names no queue, and package.json one': [
    called('{}'),
    /^The Worker has events for "queue" .* has planted: /,
  ],
  'CK29 the Worker and package.json name other bindings': [
    called("{ queue: 'planted', bindings: { LIVE: 'SHOP_LIVE' } }"),
    /^The Worker has SHOP_LIVE for "LIVE" in "bindings" .* has LIVE: /,
  ],
  'CK6 the cron runs each hour': [
    configured(({ triggers }) => {
      triggers.crons = ['0 * * * *'];
    }),
    /^No cron trigger runs every minute, .* set crons/,
  ],
  'CK7 there are two copies of zod': [
    (project) =>
      project.replace('zod', {
        'package.json':
          '{ "name": "zod", "version": "4.4.3", "type": "module", "main": "index.js" }',
        'index.js': `export * from '${root}node_modules/zod/index.js';`,
      }),
    /^There are two copies of zod, the project's 4\.4\.3 in \S*node_modules\/zod and Ledge's .* npm dedupe\.$/,
  ],
  'CK7 there are two copies of drizzle-orm': [
    (project) =>
      project.replace('drizzle-orm', {
        'package.json':
          '{ "name": "drizzle-orm", "version": "0.44.0", "type": "module", "exports": { ".": "./index.js", "./sqlite-core": "./core.js" } }',
        'index.js': `export * from '${root}node_modules/drizzle-orm/index.js';`,
        'core.js': `export * from '${root}node_modules/drizzle-orm/sqlite-core/index.js';`,
      }),
    /^There are two copies of drizzle-orm, the project's 0\.44\.0 /,
  ],
  'CK7 there are two workerd': [
    (project) =>
      project.replace('@cloudflare/vitest-plugin', {
        'package.json': '{ "version": "1.0.0" }',
        'node_modules/miniflare/package.json': '{ "version": "4.0.0" }',
        'node_modules/workerd/package.json': '{ "version": "1.20250101.0" }',
      }),
    /^There are several workerd, .* of wrangler, 1\.20250101\.0 of @cloudflare\/vitest-plugin: /,
  ],
  'CK9 the app is not where package.json says': [
    (project) =>
      project.write('package.json', '{ "ledge": { "app": "src/none.ts", "queue": "planted" } }'),
    /^There is no file \S*src\/none\.ts\. --app, or "ledge": \{ "app": … \} in package\.json, /,
  ],
  'CK9 the app does not build': [
    (project) => project.write('src/app.ts', "export { app } from './none';"),
    /src\/app\.ts cannot be loaded: .*Could not resolve "\.\/none"/,
  ],
  'SD5 the cron of a schedule is none': [
    scheduled("cron: '61 * * * *', timeZone: 'UTC'"),
    /src\/app\.ts cannot be loaded: .*The cron 61 \* \* \* \* is none/,
  ],
  'SD5 the time zone of a schedule is none': [
    scheduled("cron: '0 3 * * *', timeZone: 'Europe/Nowhere'"),
    /src\/app\.ts cannot be loaded: .*The time zone Europe\/Nowhere is none/,
  ],
  'SD5 two schedules have one name': [
    scheduled("cron: '0 3 * * *', timeZone: 'UTC'"),
    /src\/app\.ts cannot be loaded: .*The schedule name nightly is taken twice/,
  ],
  'CK9 the settings cannot be read': [
    (project) => project.write('package.json', '{ "ledge": { "app": 1 } }'),
    /^"ledge" in \S*package\.json cannot be read: /,
  ],
};

describe('a planted fault is found, alone', () => {
  test.each(Object.entries(PLANTED))('%s', async (_name, [plant, sentence]) => {
    using project = new PlantedProject();
    plant(project);
    const faults = await findFaults({ config: join(project.folder, 'wrangler.jsonc') });
    expect(faults).toEqual([expect.stringMatching(sentence)]);
  });
});

test('CK9 there is no wrangler configuration', SLOW, async () => {
  using project = new PlantedProject();
  project.remove('wrangler.jsonc');
  const { code, faults } = await check(project);
  expect([code, faults]).toEqual([1, [expect.stringMatching(/^There is no wrangler\.jsonc/)]]);
});

test('CK8 a clean project has no fault', SLOW, async () => {
  using project = new PlantedProject();
  expect(await check(project)).toEqual({ code: 0, faults: [], stdout: '' });
});

test('CK3 a project whose every binding has another name has no fault', async () => {
  using project = new PlantedProject();
  const own = (name: string) => `SHOP_${name}`;
  project.config(({ durable_objects, d1_databases, queues, ratelimits }) => {
    for (const object of durable_objects.bindings) object.name = own(object.name);
    for (const database of d1_databases) database.binding = own(database.binding);
    for (const producer of queues.producers) producer.binding = own(producer.binding);
    for (const rate of ratelimits) rate.name = own(rate.name);
  });
  const names = ['AGGREGATE', 'HEALTH', 'LIVE', 'REBUILD', 'EVENTS', 'DB', ...rateBindings];
  const bindings = Object.fromEntries(names.map((name) => [name, own(name)]));
  const ledge = { app: 'src/app.ts', queue: 'planted', bindings };
  called(JSON.stringify({ queue: 'planted', bindings }))(project);
  project.write('package.json', JSON.stringify({ type: 'module', ledge }));
  expect(await findFaults({ config: join(project.folder, 'wrangler.jsonc') })).toEqual([]);
});

test('CK24 a bucket that the project names and does not bind is missing', async () => {
  using project = new PlantedProject();
  const bindings = { JOURNAL: 'SHOP_JOURNAL' };
  const ledge = { app: 'src/app.ts', queue: 'planted', bindings };
  called(JSON.stringify({ queue: 'planted', bindings }))(project);
  project.write('package.json', JSON.stringify({ type: 'module', ledge }));
  const faults = await findFaults({ config: join(project.folder, 'wrangler.jsonc') });
  expect(faults).toEqual([
    expect.stringMatching(/^The binding SHOP_JOURNAL of a bucket is missing/),
  ]);
});

test('CK22 several queues with one dead letter queue are no fault', async () => {
  using project = new PlantedProject();
  project.config(({ queues }) => bindQueues(queues, 3));
  const config = join(project.folder, 'wrangler.jsonc');
  expect([await findFaults({ config }), await findNotes({ config })]).toEqual([[], []]);
});

test.each([1, 3, 6])(
  'CK25 CK26 CK27 three databases and %s queues are no fault',
  async (queues) => {
    using project = new PlantedProject();
    project.config((config) => {
      bindDatabases(config, 3);
      bindQueues(config.queues, queues);
      // A database without a bucket keeps its journal.
      config.r2_buckets.splice(0, 1);
      config.vars.LEDGE_JURISDICTIONS = 'DB_2:eu, DB_3:fedramp';
    });
    const config = join(project.folder, 'wrangler.jsonc');
    expect([await findFaults({ config }), await findNotes({ config })]).toEqual([[], []]);
  },
);

test('CK30 queues and services that LEDGE_TARGETS names are no fault', async () => {
  using project = new PlantedProject();
  project.config((config) => {
    config.queues.producers.push({ binding: 'WAREHOUSE', queue: 'warehouse' });
    Object.assign(config, { services: [{ binding: 'BILLING', service: 'billing' }] });
    config.vars.LEDGE_TARGETS = 'WAREHOUSE, BILLING';
  });
  const config = join(project.folder, 'wrangler.jsonc');
  expect(await findFaults({ config })).toEqual([]);
});

test('CK29 a Worker that cannot be evaluated outside of the platform is a note', async () => {
  using project = new PlantedProject();
  project.edit('src/index.ts', (text) => `new WebSocketPair();\n${text}`);
  const config = join(project.folder, 'wrangler.jsonc');
  expect([await findFaults({ config }), await findNotes({ config })]).toEqual([
    [],
    [
      expect.stringMatching(
        /src\/index\.ts cannot be evaluated here, .*: WebSocketPair is not defined/,
      ),
    ],
  ]);
});

test('CK29 a Worker may call ledge for another app, and use the platform', async () => {
  using project = new PlantedProject();
  project.edit(
    'src/index.ts',
    (text) => `import { DurableObject, env } from 'cloudflare:workers';
export class Counter extends DurableObject {}
export const other = ledge(app, { queue: 'other', issuers: [env.ISSUER.of('x')] });
${text}`,
  );
  const config = join(project.folder, 'wrangler.jsonc');
  expect([await findFaults({ config }), await findNotes({ config })]).toEqual([[], []]);
});

test(
  'CK23 a queue that is consumed and not bound is drained, which is a note and no fault',
  SLOW,
  async () => {
    using project = new PlantedProject();
    project.config(({ queues }) => {
      bindQueues(queues, 3);
      queues.producers.splice(1);
    });
    const { code, faults, stdout } = await check(project);
    expect([code, faults]).toEqual([0, []]);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^The queue planted-2 is consumed and not bound, so it is drained\. Once/,
      ),
      expect.stringMatching(/^The queue planted-3 is consumed and not bound/),
    ]);
  },
);

test('CK20 two rate limits with the same counters are named', async () => {
  using project = new PlantedProject();
  project.config(({ ratelimits }) => Object.assign(ratelimits[1] ?? {}, { namespace_id: '1' }));
  const faults = await findFaults({ config: join(project.folder, 'wrangler.jsonc') });
  expect(faults).toEqual([
    expect.stringMatching(/^The rate limits RATE_DENIED and RATE_LOW count together/),
    expect.stringMatching(/^The rate limits RATE_LOW and RATE_DENIED count together/),
  ]);
});

test('CK8 all faults are printed', SLOW, async () => {
  using project = new PlantedProject();
  project.config(({ triggers, queues }) => {
    triggers.crons = [];
    queues.consumers.pop();
  });
  project.remove('src/events.lock.json');
  project.remove('sql');
  const { code, faults } = await check(project);
  expect([code, faults.length]).toEqual([1, 4]);
});

describe('CK11 an environment', () => {
  const faultsIn = ({ folder }: PlantedProject, env: string) =>
    findFaults({ config: join(folder, 'wrangler.jsonc'), env });

  test('inherits no binding, and one that has none lacks them all', async () => {
    using project = new PlantedProject();
    project.config((config) => Object.assign(config, { env: { staging: {} } }));
    expect(await faultsIn(project, 'staging')).toContainEqual(
      expect.stringMatching(
        /^The binding LIVE .* in the environment staging of wrangler\.jsonc\.$/,
      ),
    );
  });

  test('CK24 lacks the bucket that the top level has, or shares it', async () => {
    using project = new PlantedProject();
    const bucket = { binding: 'JOURNAL', bucket_name: 'planted-journal' };
    project.config((config) =>
      Object.assign(config, {
        r2_buckets: [bucket],
        env: {
          none: {},
          same: { r2_buckets: [bucket] },
          own: { r2_buckets: [{ ...bucket, bucket_name: 'own-journal' }] },
        },
      }),
    );
    const aboutBuckets = async (env: string) =>
      (await faultsIn(project, env)).filter((fault) => fault.includes('bucket'));
    expect(await aboutBuckets('none')).toEqual([
      expect.stringMatching(/^The binding JOURNAL of a bucket is missing: add it/),
    ]);
    expect(await aboutBuckets('same')).toEqual([
      expect.stringMatching(/^The bucket planted-journal is that of the top level, too/),
    ]);
    expect(await aboutBuckets('own')).toEqual([]);
    expect(await findFaults({ config: join(project.folder, 'wrangler.jsonc') })).toEqual([]);
  });

  test('that is not defined is a sentence', async () => {
    using project = new PlantedProject();
    expect(await faultsIn(project, 'prod')).toEqual([
      expect.stringMatching(/wrangler\.jsonc has no environment prod: add it, or name another/),
    ]);
  });
});
