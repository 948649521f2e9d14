/** `/v1/audit`: which operations were done in a tenant, by whose credential and for what reason. */
import { dayOf } from '../../administration/operation-audit.ts';
import { readAudit } from '../../administration/read-audit.ts';
import { nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { auditInput } from '../inputs/audit.ts';

export function auditRoute({ platform }: Machinery): Routes {
  return new Routes().get('/', async (context) => {
    const input = readQuery(context.req.url, auditInput);
    if ('outcome' in input) return input;
    const { day = dayOf(platform.nowMs()) } = input.value;
    const { tenant } = context.get('caller');
    const page = await readAudit(context.env, tenant, { ...input.value, day });
    if ('outcome' in page) return page;
    const { cursor } = page;
    const headers = cursor === undefined ? {} : nextLink(context.req.url, 'cursor', cursor);
    return Response.json(page, { headers });
  });
}
