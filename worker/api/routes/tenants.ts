/** `/v1/tenants…`: which tenants there are, and what an administrator of the deployment does with them. */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { utcText } from '../../../core/values/time.ts';
import { listTenants } from '../../administration/list-tenants.ts';
import {
  changeTenant,
  eraseNow,
  provisionTenant,
  shownTenant,
  type TenantAdministration,
} from '../../administration/manage-tenants.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  ERASED_AFTER_MS,
  eraseInput,
  provisionInput,
  type TenantOperation,
  tenantOperations,
  tenantsInput,
} from '../inputs/tenants.ts';

export function tenantsRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const by = (context: Context<ApiTypes>): TenantAdministration => ({
    ...{ machinery, env: context.env, caller: context.get('caller') },
  });

  routes.get('/', async (context) => {
    const input = readQuery(context.req.url, tenantsInput);
    if ('outcome' in input) return input;
    const page = await listTenants(by(context), input.value);
    const next = 'cursor' in page ? page.cursor : undefined;
    return answer(page, 200, next === undefined ? {} : nextLink(context.req.url, 'cursor', next));
  });

  routes.post('/', async (context) => {
    const input = await readOperation(context, provisionInput);
    if ('outcome' in input) return input;
    return answer(await provisionTenant(by(context), input.value), 201);
  });

  routes.get('/:tenant', async (context) =>
    answer(await shownTenant(by(context), context.req.param('tenant'))),
  );

  for (const [name, operation] of Object.entries<TenantOperation>(tenantOperations)) {
    routes.post(`/:tenant/${name}`, async (context) => {
      const input = await readOperation(context, operation.input);
      if ('outcome' in input) return input;
      const { command } = operation;
      const data = command === 'ScheduleErasure' ? withTime(machinery, input.value) : input.value;
      return answer(await changeTenant(by(context), context.req.param('tenant'), command, data));
    });
  }

  routes.post('/:tenant/erase', async (context) => {
    const input = await readOperation(context, eraseInput);
    if ('outcome' in input) return input;
    return answer(await eraseNow(by(context), context.req.param('tenant')));
  });

  return routes;
}

function withTime({ platform }: Machinery, input: object): object {
  return { at: utcText(platform.nowMs() + ERASED_AFTER_MS), ...input };
}

function answer(
  found: object | Failure,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): RouteAnswer {
  if ('outcome' in found) return found;
  return Response.json(found, { status, headers: { 'cache-control': 'no-store', ...headers } });
}
