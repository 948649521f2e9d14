/** The pure tests in Node, the Worker's in workerd. */
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const bindings = {
  LEDGE_LOCAL_DEVELOPMENT: 'true',
  MIGRATIONS: await readD1Migrations('migrations'),
};

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['test/*.pure.test.ts'] } },
      {
        plugins: [
          cloudflareTest({
            main: 'src/index.ts',
            wrangler: { configPath: 'wrangler.jsonc' },
            miniflare: { cf: false, bindings },
          }),
        ],
        test: { name: 'worker', include: ['test/*.worker.test.ts'], testTimeout: 60_000 },
      },
    ],
  },
});
