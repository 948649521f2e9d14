import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { buildAssets } from './client/example/build.ts';
import { quickWorkers, slowPure } from './test/lanes.ts';

/** Real workerd, one for each test file. The queue's wait is cut from a second to a moment. */
async function workers(main: string, configPath: string, migrations: string) {
  return cloudflareTest({
    main,
    wrangler: { configPath },
    verbose: false,
    miniflare: {
      cf: false,
      bindings: {
        LEDGE_LOCAL_DEVELOPMENT: 'true',
        LEDGE_DEV_HOSTS: 'ledge.test,bank.test,feed.test,shelf.test',
        MIGRATIONS: await readD1Migrations(migrations),
        LEDGE_SCALE: Number(process.env.LEDGE_SCALE ?? 1),
        LEDGE_SEED: process.env.LEDGE_SEED === undefined ? null : Number(process.env.LEDGE_SEED),
      },
    },
  });
}

/** Takes minutes, and every processor there is: `npm run crash`, and not part of `npm test`. */
const CRASH = 'test/e2e/crash*.test.ts';

/** `npm run test:quick` leaves out what `test/lanes.ts` says. */
const isQuick = process.env.LEDGE_LANE === 'quick';

/** Of tests that speak with a Worker. */
const setupFiles = ['test/workers/support/fail-unannounced.ts'];

/** Of tests that take a second on a machine that does nothing else: a busy one is no failure. */
const TEST_MS_MAX = 30_000;

const OFFLINE = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' };

// The Workers under test serve them.
await buildAssets();

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: [
            '{core,domain,bench}/**/*.test.ts',
            'test/{node,checker,chaos,simulator}/**/*.test.ts',
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
          setupFiles,
          include: ['test/e2e/**/*.test.ts'],
          exclude: [CRASH],
          testTimeout: 60_000,
          env: OFFLINE,
        },
      },
      { test: { name: 'crash', include: [CRASH], env: OFFLINE } },
      {
        plugins: [
          workers(
            'test/other-app/entry.ts',
            'test/other-app/wrangler.toml',
            'test/other-app/migrations',
          ),
        ],
        test: {
          name: 'other-app',
          include: ['test/other-app/**/*.test.ts'],
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
      {
        plugins: [workers('test/workers/support/entry.ts', 'wrangler.toml', 'migrations')],
        test: {
          name: 'workers',
          include: isQuick ? quickWorkers : ['test/workers/**/*.test.ts'],
          setupFiles,
          testTimeout: TEST_MS_MAX,
        },
      },
    ],
  },
});
