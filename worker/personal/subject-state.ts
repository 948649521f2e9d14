/** What the stream of a subject folds into, and its newest events, from its object. */
import type { SubjectState } from '../../core/personal/subject.ts';
import type { StreamEventPage } from '../../durable-objects/index.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';
import { subjectAddress } from './subject-object.ts';

export async function subjectState(
  env: LedgeEnv,
  tenant: string,
  subject: string,
): Promise<SubjectState> {
  const current = await aggregateStub(env, subjectAddress(tenant, subject)).currentState();
  // What the definition of the aggregate says.
  return current.state as SubjectState;
}

/** Newest first, below a version. */
export function subjectHistory(
  env: LedgeEnv,
  tenant: string,
  subject: string,
  { below = Number.MAX_SAFE_INTEGER, limit }: { readonly below?: number; readonly limit: number },
): Promise<StreamEventPage> {
  const object = aggregateStub(env, subjectAddress(tenant, subject));
  return object.eventPage({ after: below, limit, direction: 'backwards' });
}
