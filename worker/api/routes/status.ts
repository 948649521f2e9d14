/** `GET /v1/status`: where the deployment is. Answered with what can be read, also while D1 is down. */
import { Routes } from '../../http/routes.ts';
import { readFigures } from '../../operations/figures.ts';
import { operationsStatus, withLags } from '../../operations/operations-status.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function statusRoute(machinery: Machinery): Routes {
  return new Routes().get('/', async ({ env }) => {
    const figures = withLags(machinery.app, await readFigures(machinery, env));
    return Response.json(operationsStatus(figures));
  });
}
