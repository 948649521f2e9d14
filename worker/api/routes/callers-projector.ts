/** The database of the caller's tenant, and the projector on it. */
import type { Context } from 'hono';
import type { ApiTypes } from '../../http/api-types.ts';
import { type Projector, projectorFor } from '../../projector/projector.ts';
import type { Placement } from '../../runtime/databases.ts';
import type { Machinery } from '../../runtime/machinery.ts';

/** By the environment of the request, so that its rows are counted. */
export function callersDatabase(
  { databases }: Machinery,
  { env, get }: Context<ApiTypes>,
): Placement {
  return databases.named(env, get('caller').place.name);
}

export function callersProjector(machinery: Machinery, context: Context<ApiTypes>): Projector {
  return projectorFor(machinery, context.env, callersDatabase(machinery, context));
}
