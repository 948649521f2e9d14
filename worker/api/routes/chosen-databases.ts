/** The databases that an operation of the deployment is for: `?database=DB_2`, or all of them. */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readQuery } from '../../http/query-parameters.ts';
import type { Read } from '../../http/read-json.ts';
import type { Placement } from '../../runtime/databases.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { databaseInput } from '../inputs/databases.ts';

/** The name in the request; undefined where it has none. Read before an operation is recorded: input that is wrong is not. */
export function askedDatabase({ req }: Context<ApiTypes>): Read<string | undefined> {
  const input = readQuery(req.url, databaseInput);
  return 'outcome' in input ? input : { value: input.value.database };
}

/** Without a name all of them. */
export function chosenDatabases(
  { databases }: Machinery,
  env: LedgeEnv,
  name: string | undefined,
): readonly Placement[] | Failure {
  if (name === undefined) return databases.all(env);
  if (!databases.isBound(env, name)) return { outcome: 'unknown', what: 'database', name };
  return [databases.named(env, name)];
}

/** Where an operation is for one of them. Without a name the first. */
export function chosenDatabase(
  machinery: Machinery,
  env: LedgeEnv,
  name: string | undefined,
): Placement | Failure {
  const chosen = chosenDatabases(machinery, env, name);
  if ('outcome' in chosen) return chosen;
  const [first = machinery.databases.first(env)] = chosen;
  return first;
}
