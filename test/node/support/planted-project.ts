/** A project in a folder of its own that `ledge check` finds nothing in; a test plants one fault in it. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rateLimits } from '../../../core/protocol/rate-limits.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const otherApp = join(root, 'test/other-app');

/** The settings that every Ledge Worker has. */
export function cleanConfig() {
  const objects = {
    AGGREGATE: 'AggregateObject',
    HEALTH: 'HealthObject',
    LIVE: 'LiveObject',
    REBUILD: 'RebuildObject',
  };
  return {
    name: 'planted',
    main: 'src/index.ts',
    compatibility_date: '2026-10-30',
    exports: Object.fromEntries(
      Object.values(objects).map((name) => [name, { type: 'durable-object', storage: 'sqlite' }]),
    ),
    durable_objects: {
      bindings: Object.entries(objects).map(([name, class_name]) => ({ name, class_name })),
    },
    d1_databases: [{ binding: 'DB', database_name: 'planted', migrations_dir: 'sql' }],
    r2_buckets: [] as { binding: string; bucket_name: string }[],
    vars: {} as Record<string, string>,
    queues: {
      producers: [{ binding: 'EVENTS', queue: 'planted' }],
      consumers: [
        {
          queue: 'planted',
          max_retries: 100,
          max_concurrency: 1,
          dead_letter_queue: 'planted-dead',
        },
        { queue: 'planted-dead', max_retries: 100 },
      ],
    },
    ratelimits: Object.entries(rateLimits).map(([name, { quota, windowSeconds }], index) => ({
      name,
      namespace_id: String(index + 1),
      simple: { limit: quota as number, period: windowSeconds as number },
    })),
    triggers: { crons: ['* * * * *'] },
  };
}

export type PlantedConfig = ReturnType<typeof cleanConfig>;

/** Binds and consumes further queues like the first: `EVENTS_2` on `planted-2`. */
export function bindQueues({ producers, consumers }: PlantedConfig['queues'], count: number): void {
  const [first] = consumers;
  for (let number = 2; first && number <= count; number++) {
    const queue = `${first.queue}-${number}`;
    producers.push({ binding: `EVENTS_${number}`, queue });
    consumers.splice(number - 1, 0, { ...first, queue });
  }
}

/** Further databases like the first, with a bucket each: `DB_2` is `planted-2`, `JOURNAL_2` its bucket. */
export function bindDatabases(config: PlantedConfig, count: number): void {
  const [first] = config.d1_databases;
  for (let number = 2; first && number <= count; number++) {
    const database_name = `${first.database_name}-${number}`;
    config.d1_databases.push({ ...first, binding: `DB_${number}`, database_name });
    config.r2_buckets.push({
      binding: `JOURNAL_${number}`,
      bucket_name: `${database_name}-journal`,
    });
  }
}

export class PlantedProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'ledge-project-'));

  constructor() {
    this.write(
      'package.json',
      JSON.stringify({ type: 'module', ledge: { app: 'src/app.ts', queue: 'planted' } }),
    );
    this.config(() => {});
    this.write('src/app.ts', `export { app } from '${otherApp}/app';\n`);
    this.write(
      'src/index.ts',
      `import { ledge } from '${join(root, 'worker/ledge.ts')}';
import { app } from './app.ts';
const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app, { queue: 'planted' });
export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
`,
    );
    cpSync(join(otherApp, 'migrations'), join(this.folder, 'sql'), { recursive: true });
    cpSync(join(otherApp, 'events.lock.json'), join(this.folder, 'src/events.lock.json'));
    this.#install();
  }

  /** Each package by a link, so that one of them can be replaced, and Ledge itself. */
  #install(): void {
    const installed = join(root, 'node_modules');
    const names = readdirSync(installed).filter((name) => !name.startsWith('.'));
    const packages = names.flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(installed, name)).map((one) => `${name}/${one}`)
        : name,
    );
    for (const name of packages) {
      mkdirSync(dirname(join(this.folder, 'node_modules', name)), { recursive: true });
      symlinkSync(join(installed, name), join(this.folder, 'node_modules', name));
    }
    symlinkSync(root, join(this.folder, 'node_modules/ledge'));
  }

  /** The clean configuration with `edit`, as jsonc. */
  config(edit: (config: PlantedConfig) => void): void {
    const config = cleanConfig();
    edit(config);
    this.write('wrangler.jsonc', `// As a user writes it.\n${JSON.stringify(config, null, 2)}\n`);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  edit(file: string, edit: (text: string) => string): void {
    this.write(file, edit(readFileSync(join(this.folder, file), 'utf8')));
  }

  remove(file: string): void {
    rmSync(join(this.folder, file), { recursive: true });
  }

  /** Another release of a package, which is the installed one under another number. */
  replace(name: string, files: Readonly<Record<string, string>>): void {
    this.remove(`node_modules/${name}`);
    for (const [file, text] of Object.entries(files))
      this.write(`node_modules/${name}/${file}`, text);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
