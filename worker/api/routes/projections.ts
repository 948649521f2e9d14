/** `/v1/projections…`: how the projections stand, and what an operator does with them. */
import type { Context } from 'hono';
import { type Failure, wrongState } from '../../../core/aggregate/outcome.ts';
import { allProjections, allSubscribers } from '../../../core/app.ts';
import type {
  DatabaseSize,
  ProjectionList,
  ProjectionStatus,
} from '../../../core/operator-shapes/projection-status.ts';
import { databaseSize } from '../../d1/database-size.ts';
import { undeliveredStreams, withUndelivered } from '../../health/undelivered-streams.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unknownFollower } from '../../http/unknown-in-app.ts';
import { fitToCode } from '../../projections/fit-to-code.ts';
import { currentServingSet } from '../../projections/serving-set.ts';
import { joinedStatus } from '../../projections/versions/joined-status.ts';
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
import { type Projector, projectorFor } from '../../projector/projector.ts';
import type { Placement } from '../../runtime/databases.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  type OperationInput,
  type ProjectionOperationName,
  projectionOperationNames,
  projectionOperations,
} from '../inputs/projection-operations.ts';
import { answerOperator } from './answer-operator.ts';
import { askedDatabase, chosenDatabases } from './chosen-databases.ts';

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
  if (defined) return rebuild(projector, defined, over);
  const isOther = allSubscribers(projector.app).some((one) => one.name === name);
  return wrongState(
    isOther
      ? `${name} has no rows to build: what it has sent or published is not taken back.`
      : `The running code does not define ${name}.`,
  );
}

/** One database, as far as an operation is for it. */
interface Chosen {
  readonly placement: Placement;
  readonly projector: Projector;
}

export function projectionsRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const choose = (env: LedgeEnv, name: string | undefined): readonly Chosen[] | Failure => {
    const chosen = chosenDatabases(machinery, env, name);
    if ('outcome' in chosen) return chosen;
    return chosen.map((placement) => ({
      ...{ placement, projector: projectorFor(machinery, env, placement) },
    }));
  };
  const chosenIn = (context: Context<ApiTypes>) => {
    const asked = askedDatabase(context);
    return 'outcome' in asked ? asked : choose(context.env, asked.value);
  };

  routes.get('/', (context) => {
    const chosen = chosenIn(context);
    if ('outcome' in chosen) return chosen;
    return answerOperator(machinery, context, async () => {
      const status = await currentStatus(machinery, context, chosen);
      const databases = await Promise.all(
        chosen.map(({ placement }) => databaseSize(context.env, placement)),
      );
      return Response.json({ ...status, database: fullest(databases), databases });
    });
  });

  routes.get('/:name', (context) => {
    const chosen = chosenIn(context);
    if ('outcome' in chosen) return chosen;
    return answerOperator(machinery, context, async () => {
      const name = context.req.param('name');
      const status = await oneStatus(machinery, context, chosen, name);
      return status ? Response.json(status) : unknownFollower(machinery.app, name);
    });
  });

  for (const operation of projectionOperationNames) {
    const { input } = projectionOperations[operation];
    routes.post(`/:name/${operation}`, async (context) => {
      const asked = askedDatabase(context);
      if ('outcome' in asked) return asked;
      const name = context.req.param('name');
      const body = await readOperation(context, input);
      if ('outcome' in body) return body;
      const chosen = choose(context.env, asked.value);
      if ('outcome' in chosen) return chosen;
      const before = await oneStatus(machinery, context, chosen, name);
      if (!before) return unknownFollower(machinery.app, name);
      const failure = await runIn(chosen, (projector) =>
        runs[operation](projector, name, body.value),
      );
      if (failure) return failure;
      const { tenant, actor: principal } = context.get('caller');
      const line = { action: operation, projection: name, tenant, principal };
      machinery.platform.log('info', { operation: 'projection', ...line });
      // The last version of what the code does not define may be gone now.
      const gone = { ...before, serving: null, generations: [] };
      return Response.json((await oneStatus(machinery, context, chosen, name)) ?? gone);
    });
  }

  return routes;
}

/**
 * Does it in each database, whatever another one answers. Where some refuse, the refusal names them: what the others have
 * done stays done.
 */
async function runIn(
  chosen: readonly Chosen[],
  run: (projector: Projector) => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  const ended = await Promise.allSettled(chosen.map(({ projector }) => run(projector)));
  const thrown = ended.find((one) => one.status === 'rejected');
  if (thrown) throw thrown.reason;
  const refusals = ended.flatMap((one, index) => {
    const failure = one.status === 'fulfilled' ? one.value : undefined;
    return failure ? [{ failure, name: chosen[index]?.placement.name }] : [];
  });
  const [first] = refusals;
  if (!first || chosen.length === 1 || !('detail' in first.failure)) return first?.failure;
  const done = chosen.length - refusals.length;
  const rest = done > 0 ? ` It was done in ${done} of ${chosen.length} databases.` : '';
  const names = refusals.map(({ name }) => name).join(', ');
  return { ...first.failure, detail: `In ${names}: ${first.failure.detail}${rest}` };
}

function fullest(databases: readonly DatabaseSize[]): DatabaseSize | undefined {
  return databases.toSorted((one, other) => (other.bytes ?? 0) - (one.bytes ?? 0))[0];
}

/** A deployment that has not been used yet shows here what it brings. */
async function currentStatus(
  machinery: Machinery,
  context: Context<ApiTypes>,
  chosen: readonly Chosen[],
): Promise<Omit<ProjectionList, 'database' | 'databases'>> {
  const { app, platform } = machinery;
  const [statuses, { summary, undelivered }] = await Promise.all([
    Promise.all(chosen.map(({ projector }) => fittedStatus(projector))),
    undeliveredStreams(context.env, context.get('caller').tenant),
  ]);
  const nowMs = platform.nowMs();
  return {
    projections: joinedStatus(statuses).map((one) => withUndelivered(app, summary, one, nowMs)),
    undelivered,
  };
}

async function fittedStatus(projector: Projector): Promise<ProjectionStatus[]> {
  await fitToCode(projector, await currentServingSet(projector.database));
  return projectionStatus(projector);
}

async function oneStatus(
  machinery: Machinery,
  context: Context<ApiTypes>,
  chosen: readonly Chosen[],
  name: string,
) {
  const { projections } = await currentStatus(machinery, context, chosen);
  return projections.find((status) => status.name === name);
}
