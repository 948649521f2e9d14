/** Whether a credential that let a request in still does, after the request has waited. */
import type { ReadKey } from '../../core/access/key-reference.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { KEPT_MS } from '../runtime/kept-ms.ts';
import { readKeyValidity } from './key-state.ts';

export interface WaitingCredential {
  readonly expiresAt?: Date | undefined;
  /** Left out: something else than an API key let the request in. */
  readonly key?: ReadKey | undefined;
}

/** A key is read again where it was read more than ten seconds ago, as before each frame of a socket. */
export async function hasEnded(
  env: LedgeEnv,
  nowMs: number,
  { expiresAt, key }: WaitingCredential,
): Promise<boolean> {
  if (expiresAt && expiresAt.getTime() <= nowMs) return true;
  if (!key || Math.abs(nowMs - key.readAtMs) < KEPT_MS) return false;
  const { endsAtMs, isRevoked } = await readKeyValidity(env, key);
  return isRevoked || endsAtMs <= nowMs;
}
