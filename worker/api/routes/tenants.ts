/** `/v1/tenants…`: which tenants there are, and what an administrator of the deployment does with them. */
import type { Context } from 'hono';
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
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored, unstoredPage } from '../../http/unstored.ts';
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
    return unstoredPage(context.req.url, await listTenants(by(context), input.value));
  });

  routes.post('/', async (context) => {
    const input = await readOperation(context, provisionInput);
    if ('outcome' in input) return input;
    return unstored(await provisionTenant(by(context), input.value), 201);
  });

  routes.get('/:tenant', async (context) =>
    unstored(await shownTenant(by(context), context.req.param('tenant'))),
  );

  for (const [name, operation] of Object.entries<TenantOperation>(tenantOperations)) {
    routes.post(`/:tenant/${name}`, async (context) => {
      const input = await readOperation(context, operation.input);
      if ('outcome' in input) return input;
      const { command } = operation;
      const data = command === 'ScheduleErasure' ? withTime(machinery, input.value) : input.value;
      return unstored(await changeTenant(by(context), context.req.param('tenant'), command, data));
    });
  }

  routes.post('/:tenant/erase', async (context) => {
    const input = await readOperation(context, eraseInput);
    if ('outcome' in input) return input;
    return unstored(await eraseNow(by(context), context.req.param('tenant')));
  });

  return routes;
}

function withTime({ platform }: Machinery, input: object): object {
  return { at: utcText(platform.nowMs() + ERASED_AFTER_MS), ...input };
}
