/** The pure tests in Node, the Worker's in workerd. */
import { ledgeWorker } from 'ledge/vitest';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['test/*.pure.test.ts'] } },
      {
        plugins: [ledgeWorker()],
        test: { name: 'worker', include: ['test/*.worker.test.ts'], testTimeout: 60_000 },
      },
    ],
  },
});
