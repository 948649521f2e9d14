/** Two kinds of tests: those of `src` are pure and run in Node, those of `test` run the whole Worker in workerd. */
import { ledgeWorker } from 'ledge/vitest';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['src/**/*.test.ts'] } },
      {
        plugins: [ledgeWorker()],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          setupFiles: ['test/apply-migrations.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
