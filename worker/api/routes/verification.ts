/**
 * `POST /v1/verify` compares the journal with the objects' logs, `POST /v1/verify/checkpoints` lists what the journal
 * should have; `POST /v1/sweep` brings up what fell behind.
 */
import type { Context } from 'hono';
import { invalid } from '../../../core/aggregate/outcome.ts';
import { JOURNAL_START } from '../../../core/plan/journal-position.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readInput } from '../../http/read-input.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { shownPositions } from '../../http/shown-positions.ts';
import { listIncidents } from '../../incidents/incidents.ts';
import { listCheckpoints } from '../../maintenance/list-checkpoints.ts';
import { sweepDatabases } from '../../maintenance/sweep-databases.ts';
import { verifyJournal } from '../../maintenance/verify-journal.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { checkpointsInput, sweepInput, verifyInput } from '../inputs/verification.ts';
import { answerOperator } from './answer-operator.ts';
import { callersProjector } from './callers-projector.ts';
import { askedDatabase, chosenDatabases } from './chosen-databases.ts';

/** Ours: some 500 kB. `/v1/incidents` has all of them, page by page. */
const UNDELIVERED_MAX = 1_000;

export function verifyRoute(machinery: Machinery): Routes {
  const routes = new Routes().post('/checkpoints', async (context) => {
    const body = await readInput(context.req.raw, checkpointsInput);
    if ('outcome' in body) return body;
    const { tenant } = context.var.caller;
    const { database } = callersProjector(machinery, context);
    return answerOperator(machinery, context, async () =>
      Response.json(await listCheckpoints(database, tenant, body.value)),
    );
  });
  return routes.post('/', async (context) => {
    const body = await readInput(context.req.raw, verifyInput);
    if ('outcome' in body) return body;
    const { caller } = context.var;
    const { tenant } = caller;
    const projector = callersProjector(machinery, context);
    const shown = shownPositions(context.env, caller);
    const { after: text, limit } = body.value;
    const after = text === undefined ? JOURNAL_START : shown.parse(text);
    if (!after) return invalid('/after', 'Send a position as it was answered.');
    return answerOperator(machinery, context, async () => {
      const page = await verifyJournal(projector, tenant, { after, limit, shown });
      const undelivered = page.done ? await undeliveredOf(context, tenant) : [];
      return Response.json({ ...page, undelivered });
    });
  });
}

export function sweepRoute(machinery: Machinery): Routes {
  return new Routes().post('/', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readOperation(context, sweepInput);
    if ('outcome' in body) return body;
    const chosen = chosenDatabases(machinery, context.env, asked.value);
    if ('outcome' in chosen) return chosen;
    const { streams } = body.value;
    return answerOperator(machinery, context, async () =>
      Response.json(await sweepDatabases(machinery, context.env, chosen, streams)),
    );
  });
}

/** At the walk's end: streams that objects have and the journal lacks, the first thousand of them. */
async function undeliveredOf({ env }: Context<ApiTypes>, tenant: string) {
  const { incidents } = await listIncidents(env, tenant, UNDELIVERED_MAX);
  return incidents.filter(({ kind }) => kind === 'delivery');
}
