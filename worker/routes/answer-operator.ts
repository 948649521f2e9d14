/** Answers an operator, also while D1 cannot: then with what the health objects know. */
import type { Context } from 'hono';
import { databaseTrouble } from '../health/database-trouble.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Machinery } from '../machinery.ts';

export async function answerOperator(
  { platform }: Machinery,
  context: Context<ApiTypes>,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const { tenant } = context.get('caller');
    return problemResponse(await databaseTrouble(context.env, platform.log, tenant, error));
  }
}
