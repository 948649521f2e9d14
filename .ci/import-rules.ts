// Holds the tree to the import rules of `.dependency-cruiser.cjs`, then proves that the rules bite:
// a small planted tree breaks every rule once, and each breach must be reported, and nothing else.

import { copyFileSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IModule } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { folderCycles } from './folder-cycles.ts';

const CONFIG = './.dependency-cruiser.cjs';
const PLANTED_TREE = resolve('dist/import-rules');
const FOLDERS = [
  'core',
  'domain',
  'durable-objects',
  'worker',
  'client',
  'vitest',
  'cli',
  'create-ledge',
  'migrations',
  'test',
  'bench',
  '.ci',
];

const PRODUCT = /^(core|domain|durable-objects|worker|client|cli|create-ledge|migrations)\//;

const PLANTED_CYCLE = 'worker/queries → worker/d1 → worker/queries';

/** A file of the planted tree: what it imports, and the rule that this breaks. */
interface Plant {
  /** Types, unless `needs` says that the files are needed to run. */
  readonly imports: readonly string[];
  readonly needs?: true;
  readonly breaks?: string;
}

const PLANTED: Readonly<Record<string, Plant>> = {
  'core/aggregate/event.ts': { imports: ['zod', 'drizzle-orm', 'drizzle-orm/sqlite-core'] },
  'core/serve.ts': { imports: ['hono'], breaks: 'core' },
  'core/database.ts': { imports: ['drizzle-orm/d1'], breaks: 'core' },
  'core/index.ts': { imports: ['./aggregate/event.ts', './schedule/tick-times.ts'] },
  'core/schedule/tick-times.ts': { imports: ['croner', 'zod', 'hono'], breaks: 'ticks' },
  'core/unused.ts': { imports: ['./aggregate/event.ts'], breaks: 'no-dead-files' },
  'core/chicken.ts': { imports: ['./egg.ts'], breaks: 'no-cycles' },
  'core/egg.ts': { imports: ['./chicken.ts'] },
  'domain/app.ts': { imports: ['./order/projection.ts', './stock/stock.ts'] },
  'domain/access.ts': { imports: ['./app.ts'] },
  'domain/order/order.ts': { imports: ['./events.ts', '../stock/events.ts', '../stock/stock.ts'] },
  'domain/order/events.ts': { imports: ['ledge', 'zod'] },
  'domain/order/projection.ts': {
    imports: ['./order.ts', '../stock/commands.ts'],
    breaks: 'domain-features-meet-at-events',
  },
  'domain/order/order.test.ts': { imports: ['./order.ts', 'vitest'] },
  'domain/stock/stock.ts': { imports: ['./commands.ts', './events.ts'] },
  'domain/stock/events.ts': {
    imports: ['../../core/index.ts'],
    breaks: 'apps-import-the-package',
  },
  'domain/stock/commands.ts': { imports: ['node:crypto'], breaks: 'domain' },
  'domain/listed/listed.ts': { imports: ['../app.ts'], breaks: 'domain-app-is-a-list' },
  'durable-objects/index.ts': {
    imports: ['../core/aggregate/event.ts', './append.ts', 'cloudflare:workers', 'node:crypto'],
  },
  'durable-objects/append.ts': { imports: ['drizzle-orm'], breaks: 'durable-objects' },
  'worker/index.ts': {
    imports: ['../domain/app.ts', 'ledge/worker', 'node:fs'],
    breaks: 'worker-entry',
  },
  'worker/api/router.ts': {
    imports: [
      ...['hono', 'drizzle-orm/d1', '../inside.ts', './routes/query.ts', './openapi/query.ts'],
      ...['../queries/rows.ts', '../driver.ts'],
    ],
  },
  'worker/driver.ts': {
    imports: ['drizzle-orm/d1', 'hono'],
    needs: true,
    breaks: 'worker-stays-small',
  },
  'worker/inside.ts': { imports: ['../durable-objects/append.ts'], breaks: 'worker' },
  'worker/api/openapi/query.ts': {
    imports: ['../routes/query.ts'],
    breaks: 'routes-are-mounted-only',
  },
  'worker/api/routes/query.ts': { imports: ['../../../domain/app.ts'], breaks: 'worker' },
  'worker/queries/rows.ts': { imports: ['../d1/read.ts'] },
  'worker/d1/read.ts': { imports: ['../queries/text.ts'] },
  'worker/queries/text.ts': { imports: [] },
  'core/aggregate/stream.ts': { imports: [] },
  'core/testing/index.ts': { imports: ['./laws/laws-of.ts', './laws/arbitrary-of.ts'] },
  'core/testing/laws/laws-of.ts': { imports: ['fast-check', 'hono'], breaks: 'laws' },
  'core/testing/laws/arbitrary-of.ts': {
    imports: ['fast-check'],
    needs: true,
    breaks: 'laws-are-handed-fast-check',
  },
  'client/index.ts': {
    imports: ['../core/aggregate/event.ts', './query.ts', 'node:fs'],
    breaks: 'client',
  },
  'client/query.ts': {
    imports: ['../core/aggregate/stream.ts', '../core/aggregate/event.ts'],
    needs: true,
    breaks: 'client-takes-types',
  },
  'client/retry.ts': { imports: [] },
  'client/react/index.ts': {
    imports: ['../index.ts', '../../core/aggregate/event.ts', 'react', 'zod'],
    breaks: 'react',
  },
  'client/console/main.tsx': {
    imports: ['react', 'cmdk', '../index.ts', 'hono'],
    breaks: 'console',
  },
  'client/console/build.ts': { imports: ['vite', 'node:fs', 'react'], breaks: 'console-build' },
  'client/example/build.ts': {
    imports: ['vite', 'node:fs', '../console/build.ts', './page/main.tsx'],
    breaks: 'page-build',
  },
  'client/example/page/main.tsx': {
    imports: ['ledge/react', '../../../domain/app.ts', 'react', 'react-dom', 'hono'],
    breaks: 'page',
  },
  'cli/run.test.ts': { imports: ['./run.ts', 'commander', 'csv-parse/sync', 'node:fs'] },
  'cli/run.ts': { imports: ['../client/retry.ts', 'wrangler'], breaks: 'cli' },
  'cli/import.ts': { imports: ['../client/index.ts'], breaks: 'cli' },
  'cli/main.ts': { imports: ['./commands.ts'] },
  'cli/commands.ts': {
    imports: [
      ...['./run.ts', './import.ts', './deploy.ts', './check/plans.ts'],
      ...['../migrations/generate.ts', '../migrations/create-table.ts'],
    ],
    breaks: 'commands',
  },
  'cli/deploy.ts': {
    imports: ['wrangler', '../migrations/project.ts', '../client/example/build.ts', 'hono'],
    breaks: 'deploy',
  },
  'cli/check/plans.ts': {
    imports: [
      'node:sqlite',
      'drizzle-orm',
      '../../worker/queries/rows.ts',
      '../../worker/inside.ts',
    ],
    breaks: 'plans',
  },
  'create-ledge/main.ts': {
    imports: ['node:fs', '../core/aggregate/stream.ts'],
    breaks: 'create-ledge',
  },
  'migrations/create-table.ts': { imports: [] },
  'vitest/index.ts': { imports: ['@cloudflare/vitest-plugin', 'zod'], breaks: 'vitest' },
  'migrations/generate.ts': {
    imports: ['./project.ts', '../core/event.ts', '../domain/app.ts'],
    breaks: 'migrations',
  },
  'migrations/project.ts': { imports: ['wrangler', 'zod', 'node:fs'] },
  'test/controls.ts': { imports: ['../core/serve.ts', '../core/database.ts', '../core/egg.ts'] },
  'worker/ledge.ts': { imports: ['../durable-objects/index.ts'] },
  'test/workers/alone.test.ts': {
    imports: ['../../worker/ledge.ts'],
    breaks: 'tests-hold-their-workers',
  },
  'test/again.test.ts': { imports: ['./first.test.ts'], breaks: 'tests-are-not-imported' },
  'test/first.test.ts': { imports: [] },
  'test/order.test.ts': {
    imports: ['./story.ts'],
    breaks: 'machinery-is-tested-without-the-reference-app',
  },
  'test/story.ts': {
    imports: ['../worker/index.ts'],
    breaks: 'machinery-is-tested-without-the-reference-app',
  },
  'bench/load.ts': {
    imports: ['../domain/app.ts'],
    breaks: 'machinery-is-tested-without-the-reference-app',
  },
  'test/reference/listed.test.ts': {
    imports: [
      ...['../../domain/access.ts', '../../domain/listed/listed.ts'],
      ...['../../worker/api/router.ts', '../controls.ts'],
    ],
  },
  'bench/append.ts': { imports: ['../test/controls.ts', 'hono'] },
  '.ci/check.ts': { imports: ['zod'], breaks: 'ci' },
  'drizzle.config.ts': { imports: ['./test/controls.ts'], breaks: 'test-is-a-leaf' },
};

const options = await extractOptions(CONFIG);
const problems = [...(await treeProblems()), ...(await plantedProblems())];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Every breach in the real tree. A cruise that saw nothing is a failure, not a pass. */
async function treeProblems(): Promise<string[]> {
  const { modules, summary } = await run([...FOLDERS.filter(existsSync), ...globSync('*.ts')]);
  const own = modules.filter(({ source }) => source.endsWith('.ts') && existsSync(source));
  if (own.length === 0) return ['No module was seen: can the installed TypeScript be read?'];
  console.log(`${own.length} files were held to the import rules.`);
  return [
    ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    ...folderCycles(product(modules)).map((cycle) => `folders need each other: ${cycle}`),
  ];
}

/** Without tests, which import what they test from wherever it is. */
function product(modules: readonly IModule[]): IModule[] {
  return modules.filter(({ source }) => PRODUCT.test(source) && !source.includes('.test.'));
}

/** What the rules say about the planted tree, against what they should say. */
async function plantedProblems(): Promise<string[]> {
  plantTree();
  const { modules, summary } = await run(Object.keys(PLANTED), { baseDir: PLANTED_TREE });
  const cycles = folderCycles(product(modules));
  const reported = summary.violations.map(breach);
  const planted = Object.entries(PLANTED).flatMap(([from, { breaks }]) =>
    breaks === undefined ? [] : [breach({ rule: { name: breaks }, from, to: from })],
  );
  return [
    ...planted.filter((it) => !reported.includes(it)).map((it) => `planted, not reported: ${it}`),
    ...reported.filter((it) => !planted.includes(it)).map((it) => `reported wrongly: ${it}`),
    ...(cycles.length === 1 && cycles[0] === PLANTED_CYCLE ? [] : [`folder cycles: ${cycles}`]),
    ...(await unplantedRules()),
  ];
}

function plantTree(): void {
  rmSync(PLANTED_TREE, { recursive: true, force: true });
  mkdirSync(PLANTED_TREE, { recursive: true });
  // With it the planted files import the package by its name.
  copyFileSync('package.json', join(PLANTED_TREE, 'package.json'));
  for (const [file, { imports, needs }] of Object.entries(PLANTED)) {
    const clause = needs ? 'import * as it from' : 'import type {} from';
    const path = join(PLANTED_TREE, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, imports.map((name) => `${clause} '${name}';\n`).join(''));
  }
}

/** A new rule without a planted breach has not been seen to work. */
async function unplantedRules(): Promise<string[]> {
  const { forbidden = [] } = await extractConfig(CONFIG);
  const planted = new Set(Object.values(PLANTED).map(({ breaks }) => breaks));
  const names = new Set(forbidden.map(({ name }) => name));
  return [...names].filter((name) => !planted.has(name)).map((name) => `not planted: ${name}`);
}

/** Reachability is reported at the file that is not reached, every other breach at its importer. */
function breach({ rule, from, to }: { rule: { name: string }; from: string; to: string }): string {
  return `${rule.name} ${rule.name === 'no-dead-files' ? to : from}`;
}

async function run(files: string[], more: ICruiseOptions = {}): Promise<ICruiseResult> {
  const { output } = await cruise(files, { ...options, ...more });
  if (typeof output === 'string') throw new Error(output);
  return output;
}
