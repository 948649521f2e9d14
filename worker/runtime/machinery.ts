/** What every route, consumer and projector is made with: the app, the platform under it, and how it is embedded. */
import type { Access } from '../../core/access/define-access.ts';
import type { App } from '../../core/app.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { InSpan } from '../../core/operations/span.ts';
import { RowsRead } from '../d1/rows-read.ts';
import { withKnownFormat } from '../d1/with-known-format.ts';
import { Databases } from './databases.ts';
import type { LedgeEnv } from './env.ts';
import type { Issuer } from './issuer.ts';
import { KnownTenants, type TenantPolicy } from './known-tenants.ts';
import { cloudflare, type Platform } from './platform.ts';
import type { Authenticate } from './principal.ts';
import { writtenAttributes } from './span-attributes.ts';
import { logTo } from './written-line.ts';

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
  /** Which tenants there are. */
  readonly tenants: TenantPolicy;
  /** Of callers without a credential. Left out: they get 401. */
  readonly publicTenant?: string | undefined;
}

/** The platform as the machinery reaches it: no line of the log, and no span, but through the closed set of fields. */
export type MachineryPlatform = Omit<Platform, 'log' | 'span' | 'database' | 'bucket'> & {
  readonly log: Log;
  readonly inSpan: InSpan;
};

export interface Machinery extends Omit<Entrance, 'tenants'> {
  readonly app: App;
  readonly tenants: KnownTenants;
  readonly databases: Databases;
  readonly platform: MachineryPlatform;
}

const atRoot: Entrance = { basePath: '', issuers: [], tenants: 'provisioned' };

/**
 * The one way to a machinery, so that each database of it is asserted to have a known storage format, and each line of
 * the log is without what a caller chose.
 */
export function machineryFor(
  app: App,
  overrides: Partial<Platform> = {},
  entrance: Entrance = atRoot,
): Machinery {
  const { span, database, bucket, ...platform } = { ...cloudflare, ...overrides };
  const asserted: Platform['database'] = (env, index) =>
    withKnownFormat(database(env, index), RowsRead.of(env));
  const tenants = new KnownTenants(entrance.tenants, platform.nowMs);
  return {
    ...entrance,
    app,
    tenants,
    databases: new Databases({ database: asserted, bucket }, tenants),
    platform: {
      ...platform,
      inSpan: (name, attributes, work) => span(name, () => writtenAttributes(attributes()), work),
      log: logTo(platform.log, () => isLocal && overrides.log === undefined),
    },
  };
}

/** The variable of local development, which the platform puts there; an object has it before it has a request. */
const isLocal = globalThis.process?.env.LEDGE_LOCAL_DEVELOPMENT === 'true';
