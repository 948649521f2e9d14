import { defineConfig } from 'vitest/config';
import { testsOf } from './modules.ts';

/** Runs the tests of the module that `run.ts` names, without a Worker and without a build. */
export default defineConfig({
  test: {
    include: testsOf(process.env.LEDGE_MUTATED ?? ''),
    setupFiles: ['test/mutation/same-chance.ts'],
    testTimeout: 60_000,
    // Every mutant has a run of its own, so its test files may share what they load.
    isolate: false,
  },
});
