/**
 * Callers without a credential: what the role `public` of the access rules grants them, in one tenant. They read rows,
 * states and streams and send single commands, each where the role grants it. Everything else needs a credential.
 */
import type { Access } from '../../core/access/define-access.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { Rights } from '../../core/access/rights.ts';
import { PUBLIC_ROLE } from '../../core/access/roles.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { IDENTIFIER_RULE, isIdentifier } from '../../core/aggregate/stream.ts';
import { type App, findList, findProjection, findQuery } from '../../core/app.ts';
import { scopeOf } from '../../core/projection/row-scope.ts';
import { ownValue } from '../../core/values/own-value.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { type AuthenticatedCaller, isAnonymous } from './authenticate-caller.ts';
import { belowBasePath } from './base-path.ts';
import { rightsOf } from './rights-of.ts';

interface PublicOptions {
  readonly access?: Access | undefined;
  readonly authenticate?: unknown;
  readonly publicTenant?: string | undefined;
}

/** @throws where the role and its tenant do not come together, or a function names the callers */
export function checkedPublicTenant(options: PublicOptions): string | undefined {
  const { access, authenticate, publicTenant: tenant } = options;
  const hasRole = access !== undefined && ownValue(access.roles, PUBLIC_ROLE) !== undefined;
  if (tenant === undefined) {
    if (!hasRole || authenticate) return undefined;
    throw new Error(`The access rules have a role ${PUBLIC_ROLE}. Name its tenant: publicTenant.`);
  }
  if (authenticate) {
    throw new Error(
      `authenticate alone names callers: return a principal with the role ${PUBLIC_ROLE} instead of publicTenant.`,
    );
  }
  if (!hasRole) throw new Error(`publicTenant needs access rules with a role ${PUBLIC_ROLE}.`);
  if (isIdentifier(tenant) && tenant !== OWN_TENANT) return tenant;
  throw new Error(`The publicTenant ${tenant} is no tenant of an app: ${IDENTIFIER_RULE}.`);
}

type PublicCaller = AuthenticatedCaller & { readonly rights: Rights };

export class PublicAccess {
  readonly #app: App;
  readonly #basePath: string;
  readonly caller: PublicCaller;

  private constructor({ app, basePath }: Machinery, caller: PublicCaller) {
    this.#app = app;
    this.#basePath = basePath;
    this.caller = caller;
  }

  /** Undefined where callers without a credential get 401. */
  static of(machinery: Machinery): PublicAccess | undefined {
    const { publicTenant: tenant } = machinery;
    if (tenant === undefined) return undefined;
    const caller = { tenant, actor: PUBLIC_ROLE, roles: [PUBLIC_ROLE], claims: {} };
    const rights = rightsOf(machinery, caller);
    return new PublicAccess(machinery, { ...caller, isPublic: true, rights });
  }

  admits(refused: Failure, { method, url, headers }: Request): boolean {
    return isAnonymous(refused, headers) && this.isOpen(method, this.#pathOf(url));
  }

  /** Rows alone may be kept by caches: they are the same for all such callers. */
  letCachesKeep({ url }: Request, { status, headers }: Response): void {
    if (!this.#pathOf(url).startsWith(ROWS) || ![200, 304].includes(status)) return;
    headers.set('cache-control', SHARED);
    headers.append('vary', VARYING);
  }

  /**
   * Whether the role leads to the address at all: what it does not grant is not even said to be there. `path`: below the
   * base path, of a request or of the document.
   */
  isOpen(method: string, path: string): boolean {
    const { rights } = this.caller;
    const [root, version, part, name = '', id, command, ...others] = path.split('/');
    if (root !== '' || version !== 'v1' || others.length > 0) return false;
    if (method === 'POST') {
      return part === 'commands' && command !== undefined && rights.mayCommand(name, command);
    }
    if (!['GET', 'HEAD'].includes(method) || command !== undefined) return false;
    if (part === 'queries') return this.#hasRows(name);
    const isState = part === 'aggregates' && id !== undefined;
    return (isState || part === 'streams') && rights.mayRead(name);
  }

  #pathOf(url: string): string {
    return belowBasePath(new URL(url).pathname, this.#basePath);
  }

  #hasRows(name: string): boolean {
    const list = findList(this.#app, name);
    const query = findQuery(this.#app, name);
    const named = query && findProjection(this.#app, query.projection);
    const tables = list ? [list.table] : (named?.tables ?? []);
    const { rows } = this.caller.rights;
    return tables.some((table) => scopeOf({ rows }, table.name) !== undefined);
  }
}

const ROWS = '/v1/queries/';

/** For as long as a page of rows may be old. */
const SHARED = 'public, max-age=5';

/** Another answer is due where one of these is sent. */
const VARYING = 'authorization, cookie, cf-access-jwt-assertion, consistent-with, d1-bookmark';
