/** The databases that an operation of the deployment is for: `?database=DB_2`, or all of them. */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readQuery } from '../../http/query-parameters.ts';
import type { Placement } from '../../runtime/databases.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { databaseInput } from '../inputs/databases.ts';

/** Left out: all of them. */
export function chosenDatabases(
  { databases }: Machinery,
  { env, req }: Context<ApiTypes>,
): readonly Placement[] | Failure {
  const input = readQuery(req.url, databaseInput);
  if ('outcome' in input) return input;
  const { database: name } = input.value;
  if (name === undefined) return databases.all(env);
  if (!databases.isBound(env, name)) return { outcome: 'unknown', what: 'database', name };
  return [databases.named(env, name)];
}

/** Where an operation is for one of them. Left out: the first. */
export function chosenDatabase(
  machinery: Machinery,
  context: Context<ApiTypes>,
): Placement | Failure {
  const chosen = chosenDatabases(machinery, context);
  if ('outcome' in chosen) return chosen;
  const [first = machinery.databases.first(context.env)] = chosen;
  return first;
}
