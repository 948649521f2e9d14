// The allowed imports of each folder; every other import is refused.
// `.ci/import-rules.ts` runs these rules over the tree and, as a self-test, over planted violations.
// What uses the package `ledge` imports it by its name, which resolves to the files that package.json exports.
// In a `to` path, `$1` stands for what the first bracket of the rule's `from` matched.

const { builtinModules } = require('node:module');
const { exports: doors, scripts = {} } = require('./package.json');

const packages = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);
const drizzleDefinitions = '(^|/)node_modules/drizzle-orm/(sqlite-core/)?index\\.';
const platform = '^cloudflare:workers$';
const nodeCrypto = '^(node:)?crypto$';
const node = `^(node:)?(${builtinModules.join('|')})$`;

const TEST_FILE = '\\.test\\.ts$';
const WORKER_ENTRY = '^worker/index\\.ts$';
/** The reference app, its Worker and page, the samples, and the apps of the tests. */
const APPS =
  '^(domain/|docs/samples/|client/example/page/|worker/index\\.ts$|test/other-app/(account|app|balances|entry)\\.ts$|test/shop/|test/embedded/(authenticate|entry|env|send-mail)\\.ts$)';

/** The reference app, with its Worker, its page and its tests. */
const REFERENCE = '^(domain/|worker/index\\.ts$|client/example/|test/reference/)';

const core = ['^core/', ...packages('zod'), drizzleDefinitions];
/** The one file that computes ticks, so that a Worker without schedules does not have croner. */
const TICKS = '^core/schedule/tick-times\\.ts$';

const worker = [
  '^(core|worker)/',
  '^durable-objects/(index|digest|with-deadline)\\.ts$',
  ...packages('hono', 'drizzle-orm', 'jose', 'zod'),
  platform,
  nodeCrypto,
];

const cli = [
  '^(cli|core)/',
  '^client/(retry|backoff)\\.ts$',
  ...packages('zod', 'commander', '@clack/prompts', 'csv-parse'),
  node,
];

const allowLists = [
  allow('core', '^core/', core, `(^core/testing/laws/|${TICKS})`),
  allow('ticks', TICKS, [...core, ...packages('croner')]),
  allow('laws', '^core/testing/laws/', [...core, ...packages('fast-check')]),
  allow('domain', '^domain/', [
    '^domain/',
    '^core/(testing/)?index\\.ts$',
    ...packages('zod'),
    drizzleDefinitions,
  ]),
  allow('durable-objects', '^durable-objects/', ['^(core|durable-objects)/', platform, nodeCrypto]),
  allow('worker', '^worker/', worker, WORKER_ENTRY),
  allow('worker-entry', WORKER_ENTRY, [...worker, '^domain/(access|app)\\.ts$']),
  allow(
    'client',
    '^client/',
    ['^client/(?!(react|example|console)/)', '^core/', ...packages('zod')],
    '^client/(react|example|console)/',
  ),
  allow('react', '^client/react/', [
    '^client/(?!(example|console)/)',
    '^core/',
    ...packages('react', '@types/react'),
  ]),
  allow('page', '^client/example/page/', [
    '^client/(example/page/|react/index\\.ts$|index\\.ts$)',
    '^domain/',
    ...packages('react', 'react-dom', '@types/react', '@types/react-dom', 'zod'),
  ]),
  allow(
    'console',
    '^client/console/',
    [
      '^client/(?!(react|example)/)',
      '^core/',
      ...packages('react', 'react-dom', '@types/react', '@types/react-dom'),
      ...packages('wouter', '@tanstack/react-query', '@tanstack/react-virtual', 'cmdk'),
    ],
    '^client/console/build\\.ts$',
  ),
  allow('console-build', '^client/console/build\\.ts$', [...packages('vite'), node]),
  allow('page-build', '^client/example/[^/]+$', [
    '^client/console/build\\.ts$',
    ...packages('vite'),
    node,
  ]),
  // The plans of the SQL that the Worker builds, by the code that builds it.
  allow('plans', '^cli/check/plans(/|\\.ts$)', [
    ...cli,
    '^(migrations|worker/queries)/',
    '^worker/projections/forget-sql\\.ts$',
    ...packages('drizzle-orm'),
  ]),
  allow(
    'cli',
    '^cli/(?!(access|catalog|check|commands|contracts|deploy|dev|restore-database|types)\\.ts$|(access|catalog|check|contracts|dev)/)',
    cli,
  ),
  allow('commands', '^cli/commands\\.ts$', [
    '^cli/',
    '^migrations/(generate|record-schemas)\\.ts$',
  ]),
  allow(
    'deploy',
    '^cli/((access|catalog|check|contracts|deploy|dev|restore-database|types)\\.ts$|(access|catalog|check|contracts|dev)/)',
    [...cli, '^migrations/', ...packages('wrangler')],
    '^cli/check/plans(/|\\.ts$)',
  ),
  allow('create-ledge', '^create-ledge/', ['^create-ledge/', node]),
  allow('vitest', '^vitest/', [
    '^core/protocol/local-personal-key\\.ts$',
    ...packages('@cloudflare/vitest-plugin'),
  ]),
  allow('migrations', '^migrations/', [
    '^(core|migrations)/',
    ...packages('drizzle-orm', 'wrangler', 'zod'),
    node,
  ]),
  allow('ci', '^\\.ci/', [
    '^(\\.ci/|client/console/build\\.ts$)',
    ...packages('dependency-cruiser'),
    node,
  ]),
].flat();

/** Where a file is reached from: what package.json exports and starts, the Worker's entry, tests, tools. */
const entries = [
  WORKER_ENTRY,
  ...Object.values(doors).map((file) => `^${file.slice(2).replaceAll('.', '\\.')}$`),
  '^client/(example/page|console)/main\\.tsx$',
  '^create-ledge/main\\.ts$',
  TEST_FILE,
  '^(test|bench|migrations)/',
  '^[^/]+\\.ts$',
  ...scriptFiles().map((file) => `^${file.replaceAll('.', '\\.')}$`),
];

module.exports = {
  forbidden: [
    ...allowLists,
    forbid(
      'domain-features-meet-at-events',
      "A feature sees another one's events.ts or its aggregate, never its commands or projection.",
      { path: '^domain/([^/]+)/' },
      {
        path: '^domain/([^/]+)/',
        pathNot: ['^domain/$1/', '^domain/[^/]+/events\\.ts$', '^domain/([^/]+)/\\1\\.ts$'],
      },
    ),
    forbid(
      'domain-app-is-a-list',
      'domain/app.ts gathers the features; no feature knows it, access.ts has rules for all of it.',
      { path: '^domain/', pathNot: [TEST_FILE, '^domain/access\\.ts$'] },
      { path: '^domain/app\\.ts$' },
    ),
    forbid(
      'apps-import-the-package',
      'An app imports ledge, ledge/worker and so on by name, as an app outside of this repository does.',
      { path: APPS },
      { path: '^(core|worker|cli|client(?!/example))/', dependencyTypes: ['local'] },
    ),
    forbid(
      'test-is-a-leaf',
      'Only tests and benches may import from test/.',
      { pathNot: ['^(test|bench)/', '^vitest[^/]*\\.ts$', TEST_FILE] },
      { path: '^test/' },
    ),
    forbid(
      'machinery-is-tested-without-the-reference-app',
      'A test of the machinery works on test/shop or an app of its own, also through what it imports.',
      { path: ['^(test|bench)/', TEST_FILE], pathNot: REFERENCE },
      { path: REFERENCE, reachable: true },
    ),
    forbid(
      'client-takes-types',
      "What ships to others' programs takes only types of core, and what was made to run at both ends.",
      { path: '^client/', pathNot: ['^client/example/', TEST_FILE] },
      {
        path: ['^core/', ...packages('zod')],
        pathNot:
          '^core/(aggregate/(stream|aggregate|decide-command)|live/live-(difference|limits)|plan/dead-letter|process/effect|values/backoff)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'laws-are-handed-fast-check',
      'The kit is loaded without fast-check: a test that tries the laws hands it in.',
      { path: '^core/', pathNot: TEST_FILE },
      { path: packages('fast-check'), dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'tests-hold-their-workers',
      'Who tests a Worker asks `heldLedge` for it: its answers are held to its document.',
      {
        path: '^test/(workers|other-app|embedded|queues|databases|shop)/',
        pathNot:
          '^test/(workers/support/held-ledge|(other-app|embedded|shop)/entry|embedded/authenticate)\\.ts$',
      },
      { path: '^worker/ledge\\.ts$' },
    ),
    forbid(
      'worker-stays-small',
      "Drizzle's driver of D1 and Hono's default routers are 4 % of the Worker: builders of selects and one router do.",
      { path: '^worker/' },
      {
        path: [
          '(^|/)node_modules/drizzle-orm/d1/',
          '(^|/)node_modules/hono/dist/(types/)?index\\.',
        ],
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'routes-are-mounted-only',
      'What a route takes is in worker/api/inputs: the document describes it, and needs no route.',
      { path: '^worker/', pathNot: '^worker/api/(router\\.ts$|routes/)' },
      { path: '^worker/api/routes/' },
    ),
    forbid('tests-are-not-imported', 'A test file is run, not used.', {}, { path: TEST_FILE }),
    forbid('no-cycles', 'Two files that need each other are one.', {}, { circular: true }),
    forbid(
      'no-dead-files',
      'Nothing that runs, ships or tests reaches this file.',
      { path: entries },
      {
        path: '^(core|domain|durable-objects|worker|client|cli|create-ledge)/',
        pathNot: [...entries, '\\.d\\.ts$'],
        reachable: false,
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // An app of its own, which `.ci/prove-create.ts` compiles and tests.
    exclude: { path: '^create-ledge/template/' },
    builtInModules: { add: ['cloudflare:workers'] },
    tsPreCompilationDeps: true, // type-only imports count
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};

/** The allow-list of one folder. Test files in it may also use the test runner, the shop of the tests and named example
 * data. */
function allow(name, path, targets, pathNot = []) {
  const comment = `${name} may import only: ${targets.filter((target) => target !== node).join(' ')}`;
  const tests = [
    ...targets,
    '^test/(controls|reference|shop)/',
    ...packages('vitest', 'fast-check'),
  ];
  return [
    forbid(name, comment, { path, pathNot: [TEST_FILE, pathNot].flat() }, { pathNot: targets }),
    forbid(name, comment, { path: `${path}.*${TEST_FILE}`, pathNot }, { pathNot: tests }),
  ];
}

function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

function scriptFiles() {
  return Object.values(scripts).flatMap((script) => script.match(/[\w./-]+\.ts\b/g) ?? []);
}
