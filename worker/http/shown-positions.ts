/** Positions and bookmarks as a caller is shown them: sealed for those of a tenant, wherever the deployment has a secret. */
import { formatPosition, parsePosition } from '../../core/plan/journal-position.ts';
import {
  plainBookmarks,
  type ShownBookmarks,
  sealedBookmarks,
} from '../access/sealed-bookmarks.ts';
import { type ShownPositions, sealedPositions } from '../access/sealed-positions.ts';
import { tagSecrets } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';
import { isOfDeployment } from './refused-by-need.ts';

/** The pattern of every text that `parse` accepts. */
export const SHOWN_POSITION = /^(a\d+-\d+-[0-9a-f]{8}|s[\w-]{42,52})$/;

const plainPositions: ShownPositions = {
  of: formatPosition,
  examined: formatPosition,
  parse: parsePosition,
};

export function shownPositions(env: LedgeEnv, caller: AuthenticatedCaller): ShownPositions {
  const secrets = sealingSecrets(env, caller);
  return secrets ? sealedPositions(secrets, caller.tenant) : plainPositions;
}

/** As a caller of the tenant is shown them. */
export function tenantPositions(env: LedgeEnv, tenant: string): ShownPositions {
  const [secret, ...previous] = tagSecrets(env);
  return secret === undefined ? plainPositions : sealedPositions([secret, ...previous], tenant);
}

export function shownBookmarks(
  env: LedgeEnv,
  caller: AuthenticatedCaller,
  database: string,
): ShownBookmarks {
  const secrets = sealingSecrets(env, caller);
  return secrets ? sealedBookmarks(secrets, caller.tenant) : plainBookmarks(database);
}

function sealingSecrets(
  env: LedgeEnv,
  caller: AuthenticatedCaller,
): readonly [string, ...string[]] | undefined {
  const [secret, ...previous] = isOfDeployment(caller) ? [] : tagSecrets(env);
  return secret === undefined ? undefined : [secret, ...previous];
}
