/** Answers an operator, also while D1 cannot: then with what the health objects know. */
import type { Context } from 'hono';
import { databaseTrouble } from '../../health/database-trouble.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import type { RouteAnswer } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export async function answerOperator(
  { platform }: Machinery,
  context: Context<ApiTypes>,
  answer: () => Promise<RouteAnswer>,
): Promise<RouteAnswer> {
  try {
    return await answer();
  } catch (error) {
    const { tenant } = context.get('caller');
    return await databaseTrouble(context.env, platform.log, tenant, error);
  }
}
