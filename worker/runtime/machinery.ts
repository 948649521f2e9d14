/** What every route, consumer and projector is made with: the app, the platform under it, and how it is embedded. */
import type { Access } from '../../core/access/define-access.ts';
import type { App } from '../../core/app.ts';
import { withKnownFormat } from '../d1/with-known-format.ts';
import type { LedgeEnv } from './env.ts';
import type { Issuer } from './issuer.ts';
import { cloudflare, type Platform } from './platform.ts';
import type { Authenticate } from './principal.ts';

/** How the embedding app reaches the API. */
export interface Entrance {
  /** Under which the API is served: empty, or `/ledge`. */
  readonly basePath: string;
  /** Left out: API keys and JWTs name the callers. */
  readonly authenticate?: Authenticate<LedgeEnv> | undefined;
  /** Whose JWTs name callers. */
  readonly issuers: readonly Issuer[];
  /** Left out: a principal may do everything in its tenant but operate. */
  readonly access?: Access | undefined;
}

export interface Machinery extends Entrance {
  readonly app: App;
  readonly platform: Platform;
}

const atRoot: Entrance = { basePath: '', issuers: [] };

/** The one way to a machinery, so that each database of it is asserted to have a known storage format. */
export function machineryFor(
  app: App,
  overrides: Partial<Platform> = {},
  entrance: Entrance = atRoot,
): Machinery {
  const platform = { ...cloudflare, ...overrides };
  const database: Platform['database'] = (env, tenant) =>
    withKnownFormat(platform.database(env, tenant));
  return { ...entrance, app, platform: { ...platform, database } };
}
