/**
 * Which test files `npm run test:quick` runs. A new file of `core/`, `domain/`, `bench/` or the pure folders of `test/`
 * is in the quick lane unless it is listed as slow; a new file of `test/workers/` is in the whole alone, unless it is
 * listed as quick; browser, server, crash and other-app tests are in the whole alone.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Of `test/workers/`: they measure times, so no other file runs beside them. */
export const timed = [
  'test/workers/build-door.test.ts',
  'test/workers/build-queries.test.ts',
  'test/workers/group-rate.test.ts',
  'test/workers/growing-state.test.ts',
  'test/workers/http-head.test.ts',
  'test/workers/live-places.test.ts',
];

/** They start processes, or take longer than a second on a machine that does nothing else. */
export const slowPure = [
  'core/testing/laws/laws.test.ts',
  'test/simulator/simulator.test.ts',
  'test/simulator/planted-faults.test.ts',
  'test/model/model.test.ts',
  'test/node/projections-cli.test.ts',
  'test/node/dead-letters-cli.test.ts',
  'test/node/sagas-cli.test.ts',
  'test/node/groups-cli.test.ts',
  'test/node/subscriptions-cli.test.ts',
  'test/node/schedules-cli.test.ts',
  'test/node/timers-cli.test.ts',
  'test/node/actions-cli.test.ts',
  'test/node/verify-cli.test.ts',
  'test/node/restore-cli.test.ts',
  'test/reference/deploy-cli.test.ts',
  'test/node/import.test.ts',
  'test/node/import-resume.test.ts',
  'test/node/regular-expressions.test.ts',
  'test/node/import-trouble.test.ts',
  'test/node/openapi.test.ts',
  'test/node/operator-shapes.test.ts',
  'test/node/row-statements.test.ts',
  'test/node/consumer-delays.test.ts',
  'test/checker/run.test.ts',
  'test/node/migrations.test.ts',
  'test/reference/documentation-site.test.ts',
  'test/node/ledge-check.test.ts',
  'test/node/project.test.ts',
  'test/node/check-time.test.ts',
  'test/node/type-messages.test.ts',
  'test/node/mistyped-cli.test.ts',
  'test/node/cli.test.ts',
  'test/node/catalog-cli.test.ts',
  'test/node/publication-types.test.ts',
  'test/node/dev-cli.test.ts',
  'test/node/dev-memory.test.ts',
  'test/node/tokens-cli.test.ts',
  'test/node/check-cli.test.ts',
  'test/node/client-outbox.test.ts',
  'test/node/client-final-ends.test.ts',
  'test/node/client-refused-tokens.test.ts',
  'test/node/saga-races.test.ts',
  'test/reference/saga-races.test.ts',
  'test/reference/openapi.test.ts',
];

/** One file or two for each main promise (docs/proof.md), those that take a second or two. */
export const quickWorkers = [
  'test/workers/write-path.test.ts',
  'test/workers/contract/contract.test.ts',
  'test/workers/keys-and-preconditions.test.ts',
  'test/workers/relay.test.ts',
  'test/workers/projections.test.ts',
  'test/workers/follow-a-command.test.ts',
  'test/workers/event-paths.test.ts',
  'test/workers/dead-letters.test.ts',
  'test/workers/timers.test.ts',
  'test/workers/sagas.test.ts',
  'test/workers/live.test.ts',
  'test/workers/schema-evolution.test.ts',
  'test/workers/sweep.test.ts',
  'test/workers/health.test.ts',
  'test/workers/tenants.test.ts',
  'test/workers/http-closed.test.ts',
];

/** The tests of the reference app may be taken out with it, the whole folder. */
const missing = [...slowPure, ...quickWorkers].filter(
  (file) => existsSync(dirname(file)) && !existsSync(file),
);
if (missing.length > 0)
  throw new Error(`test/lanes.ts lists what is not there: ${missing.join(', ')}.`);
