/**
 * `/v1/restore/…`: the server's part of `restore-database`, the way back of one whole database, `?database=DB_2`, and of
 * `restore`, from an export into an empty deployment. Its streams are those of all tenants, because a restore is.
 */
import { commandOrigin } from '../../http/authenticate-caller.ts';
import { readInput } from '../../http/read-input.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { projectorFor } from '../../projector/projector.ts';
import { beginEpoch } from '../../restore/begin-epoch.ts';
import { bringBack } from '../../restore/bring-back.ts';
import { holdCommits } from '../../restore/hold-commits.ts';
import { databaseState, listNewerStreams, listStreams } from '../../restore/list-streams.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { claimDeployment } from '../../transfer/claim-deployment.ts';
import { releaseStreams, restorePages } from '../../transfer/restore-streams.ts';
import { restoreInputs } from '../inputs/restore.ts';
import { PAGES_BYTES_MAX, transferInputs } from '../inputs/transfer.ts';
import { askedDatabase, chosenDatabase } from './chosen-databases.ts';

export function restoreRoute(machinery: Machinery): Routes {
  const routes = new Routes();

  routes.post('/state', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readInput(context.req.raw, restoreInputs.state);
    if ('outcome' in body) return body;
    const placement = chosenDatabase(machinery, context.env, asked.value);
    if ('outcome' in placement) return placement;
    return Response.json(await databaseState(placement.database));
  });

  routes.post('/streams', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readInput(context.req.raw, restoreInputs.streams);
    if ('outcome' in body) return body;
    const placement = chosenDatabase(machinery, context.env, asked.value);
    if ('outcome' in placement) return placement;
    const { database } = placement;
    return Response.json(await listStreams(database, body.value.after));
  });

  routes.post('/newer-streams', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readInput(context.req.raw, restoreInputs.newer);
    if ('outcome' in body) return body;
    const placement = chosenDatabase(machinery, context.env, asked.value);
    if ('outcome' in placement) return placement;
    return Response.json(await listNewerStreams(placement, body.value.after));
  });

  routes.post('/hold', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readOperation(context, restoreInputs.hold);
    if ('outcome' in body) return body;
    const placement = chosenDatabase(machinery, context.env, asked.value);
    if ('outcome' in placement) return placement;
    return Response.json(await holdCommits(placement.database));
  });

  routes.post('/begin', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readOperation(context, restoreInputs.begin);
    if ('outcome' in body) return body;
    const placement = chosenDatabase(machinery, context.env, asked.value);
    if ('outcome' in placement) return placement;
    const begun = await beginEpoch(projectorFor(machinery, context.env, placement), body.value);
    const { tenant, actor: principal } = context.get('caller');
    const line = { database: placement.name, ...begun, tenant, principal };
    machinery.platform.log('info', { operation: 'restore', ...line });
    return Response.json(begun);
  });

  routes.post('/bring', async (context) => {
    const asked = askedDatabase(context);
    if ('outcome' in asked) return asked;
    const body = await readOperation(context, restoreInputs.bring);
    if ('outcome' in body) return body;
    const placement = chosenDatabase(machinery, context.env, asked.value);
    if ('outcome' in placement) return placement;
    const { streams } = body.value;
    return Response.json({
      streams: await bringBack(projectorFor(machinery, context.env, placement), streams),
    });
  });

  routes.post('/claim', async (context) => {
    const body = await readOperation(context, transferInputs.claim);
    if ('outcome' in body) return body;
    const { env } = context;
    const origin = commandOrigin(context.get('caller'));
    const { platform } = machinery;
    const refused = await claimDeployment({ env, platform, origin }, body.value);
    return refused ?? Response.json(body.value);
  });

  routes.post('/rows', async (context) => {
    const body = await readOperation(context, transferInputs.rows, PAGES_BYTES_MAX);
    if ('outcome' in body) return body;
    return Response.json(await restorePages(machinery.app, context.env, body.value.pages));
  });

  routes.post('/release', async (context) => {
    const body = await readOperation(context, transferInputs.release);
    if ('outcome' in body) return body;
    return Response.json(await releaseStreams(machinery.app, context.env, body.value.streams));
  });

  return routes;
}
