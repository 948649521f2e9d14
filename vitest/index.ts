/** The package `ledge/vitest`: an app's Worker under test, in real workerd, as local development serves it. */
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { LOCAL_PERSONAL_KEY } from '../core/protocol/local-personal-key.ts';

/** The Worker that tests run in, and what they add to its bindings. */
export interface WorkerUnderTest {
  /** Left out: `src/index.ts`. */
  readonly main?: string;
  /** Its wrangler configuration; left out: `wrangler.jsonc`. */
  readonly config?: string;
  /**
   * The folder of its D1 migrations, for `applyD1Migrations(env.DB, env.MIGRATIONS)`, and the same for `env.DB_2` of several
   * databases; left out: `migrations`.
   */
  readonly migrations?: string;
  /** Bindings beside those of the configuration. */
  readonly bindings?: Readonly<Record<string, unknown>>;
}

/**
 * A plugin that runs each test file of its project in a workerd of its own.
 *
 * @example defineConfig({ plugins: [await ledgeWorker()], test: { include: ['test/*.test.ts'] } })
 */
export async function ledgeWorker({
  main = 'src/index.ts',
  config = 'wrangler.jsonc',
  migrations = 'migrations',
  bindings = {},
}: WorkerUnderTest = {}): Promise<ReturnType<typeof cloudflareTest>> {
  const MIGRATIONS = await readD1Migrations(migrations);
  return cloudflareTest({
    main,
    wrangler: { configPath: config },
    verbose: false,
    // `cf` would be looked up over the network.
    miniflare: {
      cf: false,
      bindings: {
        LEDGE_LOCAL_DEVELOPMENT: 'true',
        LEDGE_PERSONAL_KEY: LOCAL_PERSONAL_KEY,
        MIGRATIONS,
        ...bindings,
      },
    },
  });
}
