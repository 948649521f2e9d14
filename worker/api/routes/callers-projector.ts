/** The caller's projector: on the database of the caller's tenant. */
import type { Context } from 'hono';
import type { ApiTypes } from '../../http/api-types.ts';
import { type Projector, projectorFor } from '../../projector/projector.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function callersProjector(machinery: Machinery, context: Context<ApiTypes>): Projector {
  return projectorFor(machinery, context.env, context.get('caller').placement);
}
