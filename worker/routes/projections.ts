/** `/v1/projections…`: how the projections stand, and what an operator does with them. */
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { allProjections } from '../../core/app.ts';
import { type Failure, wrongState } from '../../core/outcome.ts';
import {
  cancel,
  drop,
  pauseAll,
  rebuild,
  resumeAll,
  rollBack,
  verify,
} from '../builds/generations.ts';
import { projectionStatus } from '../builds/status.ts';
import { undeliveredStreams, withUndelivered } from '../health/undelivered-streams.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readInput } from '../http/read-input.ts';
import { unknownFollower } from '../http/unknown-in-app.ts';
import type { Machinery } from '../machinery.ts';
import { databaseSize } from '../projector/database-size.ts';
import type { Projector } from '../projector/projector.ts';
import { currentServingSet, fitToCode } from '../projector/serving-set.ts';
import { answerOperator } from './answer-operator.ts';
import { callersProjector } from './callers-projector.ts';

interface OperationInput {
  readonly reason?: string;
  readonly version?: number;
}

/** What an operator can do with a projection: in words for the API's description, and in deed. */
export interface ProjectionOperation {
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodType<OperationInput>;
  readonly run: (
    projector: Projector,
    projection: string,
    input: OperationInput,
  ) => Promise<Failure | undefined>;
}

const nothing = z.strictObject({});
const version = z.strictObject({ version: z.int().min(1) });
const reason = z.strictObject({ reason: z.string().min(1).max(1_000).exactOptional() });

export const projectionOperations: Readonly<Record<string, ProjectionOperation>> = {
  pause: {
    summary: 'Pause',
    description: 'Nothing is written to it any more, builds included. What it has is still read.',
    input: reason,
    run: (projector, name, input) => pauseAll(projector, name, input.reason ?? 'Paused.'),
  },
  resume: {
    summary: 'Resume',
    description: 'It reads the journal from where it was, and moves with the others again.',
    input: nothing,
    run: (projector, name) => resumeAll(projector, name),
  },
  rebuild: {
    summary: 'Build anew',
    description:
      'From the first event of the journal, beside the rows that serve; they are replaced when the last event is in.',
    input: nothing,
    run: (projector, name) => rebuildOf(projector, name, false),
  },
  restart: {
    summary: 'Build anew, from the beginning',
    description: 'As `rebuild`; a build under way begins again.',
    input: nothing,
    run: (projector, name) => rebuildOf(projector, name, true),
  },
  cancel: {
    summary: 'End the build under way',
    description: 'What was made beside the serving rows is dropped, verifications included.',
    input: nothing,
    run: (projector, name) => cancel(projector, name),
  },
  verify: {
    summary: 'Verify',
    description:
      'Recomputes the serving rows from the journal beside them and compares: see `report` of its generation.',
    input: nothing,
    run: (projector, name) => verify(projector, name),
  },
  rollback: {
    summary: 'Serve another version',
    description: 'One that moves with the journal: nobody is sent to rows that stand still.',
    input: version,
    run: (projector, name, input) => rollBack(projector, name, input.version ?? 0),
  },
  drop: {
    summary: 'Drop a version',
    description:
      'Its rows and dead letters are gone, its empty tables stay. Not the one that serves, nor one that the code defines.',
    input: version,
    run: (projector, name, input) => drop(projector, name, input.version ?? 0),
  },
};

async function rebuildOf(projector: Projector, name: string, over: boolean) {
  const defined = allProjections(projector.app).find((one) => one.name === name);
  return defined
    ? rebuild(projector, defined, over)
    : wrongState(`The running code does not define ${name}.`);
}

export function projectionsRoute(machinery: Machinery): Hono<ApiTypes> {
  const routes = new Hono<ApiTypes>();
  const projectorOf = (context: Context<ApiTypes>) => callersProjector(machinery, context);

  routes.get('/', (context) =>
    answerOperator(machinery, context, async () => {
      const status = await currentStatus(machinery, context);
      const { database } = projectorOf(context);
      return Response.json({ ...status, database: await databaseSize(database) });
    }),
  );

  routes.get('/:name', (context) =>
    answerOperator(machinery, context, async () => {
      const name = context.req.param('name');
      const status = await oneStatus(machinery, context, name);
      return status ? Response.json(status) : problemResponse(unknownFollower(machinery.app, name));
    }),
  );

  for (const [operation, { input, run }] of Object.entries(projectionOperations)) {
    routes.post(`/:name/${operation}`, async (context) => {
      const name = context.req.param('name');
      const body = await readInput(context.req.raw, input);
      if ('failure' in body) return problemResponse(body.failure);
      const projector = projectorOf(context);
      const before = await oneStatus(machinery, context, name);
      if (!before) return problemResponse(unknownFollower(machinery.app, name));
      const failure = await run(projector, name, body.value);
      if (failure) return problemResponse(failure);
      const { tenant, actor } = context.get('caller');
      machinery.platform.log('info', { operation, projection: name, tenant, actor });
      // The last version of what the code does not define may be gone now.
      const gone = { ...before, serving: null, generations: [] };
      return Response.json((await oneStatus(machinery, context, name)) ?? gone);
    });
  }

  return routes;
}

/** A deployment that nobody has used yet shows here what it brings. */
async function currentStatus(machinery: Machinery, context: Context<ApiTypes>) {
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
