/** `GET /ready`: the deep health check. `/health` says no more than that the server answers. */
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { type ReadinessCheck, readiness } from '../../health/readiness.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

const RETRY_AFTER_SECONDS = 10;

export function readyRoute(machinery: Machinery): Routes {
  return new Routes().get('/', async ({ env }) => {
    const checks = await readiness(machinery, env);
    const failing = checks.filter(({ ok }) => !ok);
    return failing.length === 0
      ? Response.json({ status: 'ready', checks })
      : notReady(checks, failing);
  });
}

function notReady(checks: readonly ReadinessCheck[], failing: readonly ReadinessCheck[]): Failure {
  const words = failing.map(
    ({ name, database, cause, remedy }) =>
      `${database === undefined ? name : `${name} of ${database}`}: ${cause} ${remedy}`,
  );
  return {
    outcome: 'unavailable',
    detail: words.join(' '),
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    checks,
  };
}
