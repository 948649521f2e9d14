/** `/v1/usage`: what the callers of a tenant have used of what has a quota. */
import { dayOf } from '../../../core/operations/growth.ts';
import type { UsageDay } from '../../../core/operator-shapes/usage.ts';
import { utcText } from '../../../core/values/time.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { quotaStub } from '../../runtime/object-stubs.ts';
import { usageInput } from '../inputs/usage.ts';

export function usageRoute({ platform }: Machinery): Routes {
  return new Routes().get('/', async (context) => {
    const input = readQuery(context.req.url, usageInput);
    if ('outcome' in input) return input;
    const { day = utcText(platform.nowMs()).slice(0, 10) } = input.value;
    const { tenant } = context.get('caller');
    const usage = await quotaStub(context.env, tenant).usage(dayOf(Date.parse(day)));
    const answer: UsageDay = { day, ...usage };
    return Response.json(answer);
  });
}
