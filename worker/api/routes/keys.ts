/** `/v1/keys…`: API keys, which an administrator issues, lists, rotates and revokes. Nothing of it may be cached. */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { listKeys } from '../../administration/list-keys.ts';
import {
  issueNewKey,
  type KeyAdministration,
  revokeKey,
  rotateKey,
} from '../../administration/manage-keys.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { nextLink } from '../../http/cursor.ts';
import { idempotencyKeyIn } from '../../http/idempotency-key.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { issueKeyInput, keysInput, revokeKeyInput, rotateKeyInput } from '../inputs/keys.ts';

export function keysRoute({ app, platform, access, tenants }: Machinery): Routes {
  const routes = new Routes();
  const by = (context: Context<ApiTypes>): KeyAdministration => ({
    env: context.env,
    app,
    platform,
    access,
    tenants,
    caller: context.get('caller'),
  });

  routes.get('/', async (context) => {
    const input = readQuery(context.req.url, keysInput);
    if ('outcome' in input) return input;
    const page = await listKeys(by(context), input.value);
    const next = 'cursor' in page ? page.cursor : undefined;
    return answer(page, 200, next === undefined ? {} : nextLink(context.req.url, 'cursor', next));
  });

  routes.post('/', async (context) => {
    const given = idempotencyKeyIn(context.req.raw.headers);
    if ('outcome' in given) return given;
    const input = await readOperation(context, issueKeyInput);
    if ('outcome' in input) return input;
    const issued = await issueNewKey(by(context), input.value, given.idempotencyKey);
    if ('outcome' in issued || 'key' in issued) return answer(issued, 201);
    return answer(issued, 200, { 'idempotency-replayed': 'true' });
  });

  routes.post('/:id/rotate', async (context) => {
    const input = await readOperation(context, rotateKeyInput);
    if ('outcome' in input) return input;
    return answer(await rotateKey(by(context), context.req.param('id'), input.value));
  });

  routes.post('/:id/revoke', async (context) => {
    const input = await readOperation(context, revokeKeyInput);
    if ('outcome' in input) return input;
    return answer(await revokeKey(by(context), context.req.param('id'), input.value));
  });

  return routes;
}

function answer(
  found: object | Failure,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): RouteAnswer {
  if ('outcome' in found) return found;
  return Response.json(found, { status, headers: { 'cache-control': 'no-store', ...headers } });
}
