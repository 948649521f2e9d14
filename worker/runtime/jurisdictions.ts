/**
 * The jurisdictions of databases: `LEDGE_JURISDICTIONS = "DB_2:eu, DB_3:us"`. Objects of one are others than those of the
 * same name without it, so that a tenant's stream records its jurisdiction, and each resolution compares.
 */
import { KnownFault } from '../../core/failures/known-fault.ts';
import { JURISDICTIONS_RULE, parseJurisdictions } from '../../core/protocol/jurisdictions.ts';
import type { LedgeEnv } from './env.ts';

/**
 * That of a database; null: it has none.
 *
 * @throws KnownFault where the variable cannot be read
 */
export function jurisdictionOf(
  { LEDGE_JURISDICTIONS: variable = '' }: Pick<LedgeEnv, 'LEDGE_JURISDICTIONS'>,
  database: string,
): string | null {
  const declared = parseJurisdictions(variable);
  if (!declared) throw new KnownFault(JURISDICTIONS_RULE);
  return declared.get(database) ?? null;
}

/** Finds the jurisdiction of a tenant's objects. */
export type FindJurisdiction = (env: LedgeEnv, tenant: string) => Promise<string | null>;

/** By the environment that a Worker's handlers and objects have: those derived from it inherit it. */
const FIND = Symbol('the jurisdiction of a tenant');

/** The environment with the way to the jurisdictions of tenants. Where none is declared it is the same one. */
export function withJurisdictions(env: LedgeEnv, find: FindJurisdiction): LedgeEnv {
  if (env.LEDGE_JURISDICTIONS === undefined) return env;
  return Object.create(env, { [FIND]: { value: find } });
}

/** Undefined where no database has one. */
export function jurisdictionFinder(env: LedgeEnv): FindJurisdiction | undefined {
  return Reflect.get(env, FIND);
}
