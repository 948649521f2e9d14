/** The object of an API key: its address, and the state that it answers. */
import { type ApiKeyState, apiKey } from '../../core/access/api-key.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { aggregateStub, type LedgeEnv } from '../runtime/env.ts';

export function keyAddress(id: string): StreamAddress {
  return { tenant: OWN_TENANT, aggregate: apiKey.name, id };
}

export async function readKeyState(env: LedgeEnv, id: string): Promise<ApiKeyState> {
  const { state } = await aggregateStub(env, keyAddress(id)).currentState();
  // What the stream of a key folds into.
  return state as ApiKeyState;
}
