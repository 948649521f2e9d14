import { defineConfig } from 'vitest/config';
import { quickWorkers, slowPure, timed } from './test/lanes.ts';
import { LongestFirst } from './test/longest-first.ts';
import { buildShopAssets } from './test/shop/build-assets.ts';
import { ledgeWorker } from './vitest/index.ts';

/** Beside those of the Worker under test. */
const bindings = {
  LEDGE_DEV_HOSTS: 'ledge.test,bank.test,feed.test,shelf.test',
  LEDGE_SCALE: Number(process.env.LEDGE_SCALE ?? 1),
  LEDGE_SEED: process.env.LEDGE_SEED === undefined ? null : Number(process.env.LEDGE_SEED),
};

/** Takes minutes, and every processor there is: `npm run crash`, and not part of `npm test`. */
const CRASH = 'test/e2e/crash*.test.ts';

/** `npm run test:quick` leaves out what `test/lanes.ts` says. */
const isQuick = process.env.LEDGE_LANE === 'quick';

/** Of tests that speak with a Worker. */
const setupFiles = [
  'test/workers/support/fail-unannounced.ts',
  'test/workers/support/end-on-failure.ts',
];

/** Of tests that take a second on a machine that does nothing else: a busy one is no failure. */
const TEST_MS_MAX = 30_000;

const OFFLINE = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' };

// The Workers under test serve them.
buildShopAssets();

/** What starts servers takes more than a processor: its files run one at a time, after the pure ones. */
const alone = { sequence: { groupOrder: 1 }, maxWorkers: 1 };

/** The shop of the tests, with faults around its platform. */
const shopWorker = () =>
  ledgeWorker({
    main: 'test/workers/support/entry.ts',
    config: 'test/shop/wrangler.toml',
    migrations: 'test/shop/migrations',
    bindings,
  });

/** Packages of a hundred modules each, which every file would load one by one: a fifth of the five seconds before its tests. */
const deps = {
  optimizer: {
    ssr: {
      enabled: true,
      include: [
        'drizzle-orm',
        'drizzle-orm/d1',
        'drizzle-orm/sqlite-core',
        'hono',
        'hono/cors',
        'hono/hono-base',
        'hono/route',
        'hono/router/trie-router',
        'jose',
        'zod',
        'zod/v4/core',
      ],
    },
  },
};

export default defineConfig({
  test: {
    // Of the pure tests; left out, one of two processors would wait.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'pure',
          include: [
            '{core,domain,bench}/**/*.test.ts',
            'docs/samples/**/*.test.ts',
            'test/{node,checker,chaos,simulator,model}/**/*.test.ts',
            'test/reference/*.test.ts',
          ],
          exclude: isQuick ? slowPure : [],
          // Loading the modules once for all files takes a third of the time.
          isolate: !isQuick,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          ...alone,
          setupFiles,
          include: ['test/e2e/**/*.test.ts'],
          exclude: [CRASH],
          testTimeout: 60_000,
          env: OFFLINE,
        },
      },
      { test: { name: 'crash', ...alone, include: [CRASH], env: OFFLINE } },
      {
        test: {
          name: 'reference',
          ...alone,
          globalSetup: ['test/reference/build-assets.ts'],
          setupFiles,
          include: ['test/reference/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          env: OFFLINE,
        },
      },
      {
        plugins: [
          ledgeWorker({
            main: 'test/other-app/entry.ts',
            config: 'test/other-app/wrangler.toml',
            migrations: 'test/other-app/migrations',
            bindings,
          }),
        ],
        test: {
          name: 'other-app',
          ...alone,
          include: ['test/other-app/**/*.test.ts'],
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
      {
        plugins: [
          ledgeWorker({
            main: 'test/queues/entry.ts',
            config: 'test/queues/wrangler.toml',
            migrations: 'test/other-app/migrations',
            bindings,
          }),
        ],
        test: {
          name: 'queues',
          ...alone,
          include: ['test/queues/**/*.test.ts'],
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
      {
        plugins: [
          ledgeWorker({
            main: 'test/databases/entry.ts',
            config: 'test/databases/wrangler.toml',
            migrations: 'test/shop/migrations',
            bindings,
          }),
        ],
        test: {
          name: 'databases',
          ...alone,
          include: ['test/databases/**/*.test.ts'],
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
      {
        plugins: [
          ledgeWorker({
            main: 'test/embedded/entry.ts',
            config: 'test/embedded/wrangler.toml',
            migrations: 'test/other-app/migrations',
            bindings,
          }),
        ],
        test: {
          name: 'embedded',
          ...alone,
          include: ['test/embedded/**/*.test.ts'],
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
      {
        plugins: [shopWorker()],
        test: {
          name: 'workers',
          // A third of their time is the loading of modules, which takes one processor.
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          include: isQuick ? quickWorkers : ['test/workers/**/*.test.ts'],
          exclude: timed,
          deps,
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
      {
        plugins: [shopWorker()],
        test: {
          name: 'timed',
          ...alone,
          include: timed,
          deps,
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
    ],
  },
});
