/** `/v1/projections…`: how the projections stand, and what an operator does with them. */
import type { Context } from 'hono';
import { type Failure, wrongState } from '../../../core/aggregate/outcome.ts';
import { allProjections } from '../../../core/app.ts';
import type { ProjectionList } from '../../../core/operator-shapes/projection-status.ts';
import { databaseSize } from '../../d1/database-size.ts';
import { undeliveredStreams, withUndelivered } from '../../health/undelivered-streams.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unknownFollower } from '../../http/unknown-in-app.ts';
import { fitToCode } from '../../projections/fit-to-code.ts';
import { currentServingSet } from '../../projections/serving-set.ts';
import { projectionStatus } from '../../projections/versions/status.ts';
import {
  cancel,
  drop,
  pauseAll,
  rebuild,
  resumeAll,
  rollBack,
  verify,
} from '../../projections/versions/version-operations.ts';
import type { Projector } from '../../projector/projector.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  type OperationInput,
  type ProjectionOperationName,
  projectionOperationNames,
  projectionOperations,
} from '../inputs/projection-operations.ts';
import { answerOperator } from './answer-operator.ts';
import { callersProjector } from './callers-projector.ts';

type RunOperation = (
  projector: Projector,
  projection: string,
  input: OperationInput,
) => Promise<Failure | undefined>;

const runs: { readonly [Name in ProjectionOperationName]: RunOperation } = {
  pause: (projector, name, input) => pauseAll(projector, name, input.reason ?? 'Paused.'),
  resume: (projector, name) => resumeAll(projector, name),
  rebuild: (projector, name) => rebuildOf(projector, name, false),
  restart: (projector, name) => rebuildOf(projector, name, true),
  cancel: (projector, name) => cancel(projector, name),
  verify: (projector, name) => verify(projector, name),
  rollback: (projector, name, input) => rollBack(projector, name, input.version ?? 0),
  drop: (projector, name, input) => drop(projector, name, input.version ?? 0),
};

async function rebuildOf(projector: Projector, name: string, over: boolean) {
  const defined = allProjections(projector.app).find((one) => one.name === name);
  return defined
    ? rebuild(projector, defined, over)
    : wrongState(`The running code does not define ${name}.`);
}

export function projectionsRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const projectorOf = (context: Context<ApiTypes>) => callersProjector(machinery, context);

  routes.get('/', (context) =>
    answerOperator(machinery, context, async () => {
      const status = await currentStatus(machinery, context);
      const { database } = projectorOf(context);
      return Response.json({ ...status, database: await databaseSize(context.env, database) });
    }),
  );

  routes.get('/:name', (context) =>
    answerOperator(machinery, context, async () => {
      const name = context.req.param('name');
      const status = await oneStatus(machinery, context, name);
      return status ? Response.json(status) : unknownFollower(machinery.app, name);
    }),
  );

  for (const operation of projectionOperationNames) {
    const { input } = projectionOperations[operation];
    routes.post(`/:name/${operation}`, async (context) => {
      const name = context.req.param('name');
      const body = await readOperation(context, input);
      if ('outcome' in body) return body;
      const projector = projectorOf(context);
      const before = await oneStatus(machinery, context, name);
      if (!before) return unknownFollower(machinery.app, name);
      const failure = await runs[operation](projector, name, body.value);
      if (failure) return failure;
      const { tenant, actor: principal } = context.get('caller');
      const line = { action: operation, projection: name, tenant, principal };
      machinery.platform.log('info', { operation: 'projection', ...line });
      // The last version of what the code does not define may be gone now.
      const gone = { ...before, serving: null, generations: [] };
      return Response.json((await oneStatus(machinery, context, name)) ?? gone);
    });
  }

  return routes;
}

/** A deployment that has not been used yet shows here what it brings. */
async function currentStatus(
  machinery: Machinery,
  context: Context<ApiTypes>,
): Promise<Omit<ProjectionList, 'database'>> {
  const projector = callersProjector(machinery, context);
  const { app, nowMs } = projector;
  await fitToCode(projector, await currentServingSet(projector.database));
  const [projections, { summary, undelivered }] = await Promise.all([
    projectionStatus(projector),
    undeliveredStreams(context.env, context.get('caller').tenant),
  ]);
  return {
    projections: projections.map((one) => withUndelivered(app, summary, one, nowMs())),
    undelivered,
  };
}

async function oneStatus(machinery: Machinery, context: Context<ApiTypes>, name: string) {
  const { projections } = await currentStatus(machinery, context);
  return projections.find((status) => status.name === name);
}
