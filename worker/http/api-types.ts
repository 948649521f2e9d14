/** What Hono carries through a request: its bindings, its caller, the record of its operation. */
import type { CallerLimits } from '../../core/access/caller-limits.ts';
import type { CallerQuotas } from '../../core/access/caller-quotas.ts';
import type { Rights } from '../../core/access/rights.ts';
import type { Failure, Suspension } from '../../core/aggregate/outcome.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import type { NamedPlace } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';

/** What Hono carries through a request. */
export interface ApiTypes {
  Bindings: LedgeEnv;
  /** `audit`: of a route that operates. */
  Variables: { caller: AuthorizedCaller; basePath: string; audit: OperationRecord };
}

/** The record of an operation in the audit trail. */
export interface OperationRecord {
  /** A failure: it is not recorded, and must not be done. */
  begin(reason: string | undefined): Promise<Failure | undefined>;
}

export interface AuthorizedCaller extends AuthenticatedCaller {
  readonly rights: Rights;
  readonly limits: CallerLimits;
  readonly quotas: CallerQuotas;
  /** The database that its tenant lives in. Not the door to it: that counts the rows of one request (`callersDatabase`). */
  readonly place: NamedPlace;
  /** Of its tenant, which takes no commands then; null: it is not suspended. */
  readonly suspension: Suspension | null;
}

/** The rows that a caller may see. */
export function viewerOf({ tenant, rights }: AuthorizedCaller): Viewer {
  return { tenant, rows: rights.rows, opensPersonal: rights.opensPersonal };
}
