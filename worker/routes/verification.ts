/** `POST /v1/verify` compares the journal with the objects' logs; `POST /v1/sweep` brings up what fell behind. */
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { listIncidents } from '../health/incidents.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readInput } from '../http/read-input.ts';
import type { Machinery } from '../machinery.ts';
import { sweep } from '../upkeep/sweep.ts';
import { verifyJournal } from '../upkeep/verify-journal.ts';
import { answerOperator } from './answer-operator.ts';
import { callersProjector } from './callers-projector.ts';

export const verifyInput = z.strictObject({
  /** The position to go on after. */
  after: z.int().min(0).default(0),
  limit: z.int().min(1).max(5_000).default(1_000),
});

export const sweepInput = z.strictObject({ streams: z.int().min(1).max(500).default(100) });

/** Ours: some 500 kB. `/v1/incidents` has all of them, page by page. */
const UNDELIVERED_MAX = 1_000;

export function verificationRoutes(machinery: Machinery): Hono<ApiTypes> {
  const routes = new Hono<ApiTypes>();

  routes.post('/verify', async (context) => {
    const body = await readInput(context.req.raw, verifyInput);
    if ('failure' in body) return problemResponse(body.failure);
    const { tenant } = context.get('caller');
    const projector = callersProjector(machinery, context);
    const { after, limit } = body.value;
    return answerOperator(machinery, context, async () => {
      const page = await verifyJournal(projector, tenant, after, limit);
      const undelivered = page.done ? await undeliveredOf(context, tenant) : [];
      return Response.json({ ...page, undelivered });
    });
  });

  routes.post('/sweep', async (context) => {
    const body = await readInput(context.req.raw, sweepInput);
    if ('failure' in body) return problemResponse(body.failure);
    const { tenant } = context.get('caller');
    return answerOperator(machinery, context, async () => {
      const swept = await sweep(callersProjector(machinery, context), body.value.streams);
      // Other tenants' streams are repaired as well, and are not shown.
      const behind = swept.behind.filter((one) => one.tenant === tenant);
      return Response.json({ ...swept, behind });
    });
  });

  return routes;
}

/** At the walk's end: streams that objects have and the journal lacks, the first thousand of them. */
async function undeliveredOf({ env }: Context<ApiTypes>, tenant: string) {
  const { incidents } = await listIncidents(env, tenant, UNDELIVERED_MAX);
  return incidents.filter(({ kind }) => kind === 'delivery');
}
