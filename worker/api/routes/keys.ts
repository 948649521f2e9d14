/** `/v1/keys…`: API keys, which an administrator issues, lists, rotates and revokes. Nothing of it may be cached. */
import type { Context } from 'hono';
import { listKeys } from '../../administration/list-keys.ts';
import {
  issueNewKey,
  type KeyAdministration,
  revokeKey,
  rotateKey,
} from '../../administration/manage-keys.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { idempotencyKeyIn } from '../../http/idempotency-key.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored, unstoredPage } from '../../http/unstored.ts';
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
    return unstoredPage(context.req.url, await listKeys(by(context), input.value));
  });

  routes.post('/', async (context) => {
    const given = idempotencyKeyIn(context.req.raw.headers);
    if ('outcome' in given) return given;
    const input = await readOperation(context, issueKeyInput);
    if ('outcome' in input) return input;
    const issued = await issueNewKey(by(context), input.value, given.idempotencyKey);
    if ('outcome' in issued || 'key' in issued) return unstored(issued, 201);
    return unstored(issued, 200, { 'idempotency-replayed': 'true' });
  });

  routes.post('/:id/rotate', async (context) => {
    const input = await readOperation(context, rotateKeyInput);
    if ('outcome' in input) return input;
    return unstored(await rotateKey(by(context), context.req.param('id'), input.value));
  });

  routes.post('/:id/revoke', async (context) => {
    const input = await readOperation(context, revokeKeyInput);
    if ('outcome' in input) return input;
    return unstored(await revokeKey(by(context), context.req.param('id'), input.value));
  });

  return routes;
}
