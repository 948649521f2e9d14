/**
 * Which tenants have their data in a D1 database. Every batch that moves a stream asserts it beside the revision
 * (worker/projections/write-batch), so that nothing of an erased tenant is written again. The row follows from the
 * tenant's stream, which is the directory; it is made by the first batch that misses it.
 */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { TenantState } from '../../core/access/tenant.ts';
import { MisplacedTenant } from '../../core/failures/misplaced-tenant.ts';
import { FIRST_DATABASE } from '../../core/protocol/deployment-names.ts';
import { isResidentSql } from '../d1/resident-sql.ts';
import type { Projector } from '../projector/projector.ts';

/**
 * `resident`: it has its data here. `leaving`: too, and its erasure is scheduled. `erasing`, `erased`. `unchecked`: D1
 * was restored, and the directory has to be asked.
 */
export type ResidenceState = 'resident' | 'leaving' | 'erasing' | 'erased' | 'unchecked';

const READ = `
  SELECT wanted.value AS tenant FROM json_each(?) AS wanted WHERE NOT ${isResidentSql('wanted.value')}`;

/** The statement that reads which of these tenants have no data here, as far as the database knows. */
export function readAbsent(database: D1Database, tenants: readonly string[]): D1PreparedStatement {
  return database.prepare(READ).bind(JSON.stringify([...new Set(tenants)]));
}

export function absentFrom(result: D1Result | undefined): readonly string[] {
  // The statement determines the type of the rows.
  return ((result?.results ?? []) as { tenant: string }[]).map(({ tenant }) => tenant);
}

/** What is done about a stream of a tenant without data here: planned again, erased, or left alone. */
export type SettledResidence = 'resident' | 'erased' | 'unknown';

/** An erasure that has begun is not undone by an outdated answer of the directory. */
const SETTLE = `
  INSERT INTO residence (tenant, state, erase_at) VALUES (?1, ?2, ?3)
  ON CONFLICT (tenant) DO UPDATE SET state = excluded.state, erase_at = excluded.erase_at
  WHERE state NOT IN ('erasing', 'erased')`;

/**
 * Writes what the directory says, where the tenant lives in this database. A tenant that it has erased, and that this
 * database does not know as erased, is erased here again: D1 was restored to a time when it was not.
 *
 * @throws MisplacedTenant
 */
export async function settleResidence(
  projector: Projector,
  tenant: string,
): Promise<SettledResidence> {
  const settled = await settleAs(projector, tenant, await inDirectory(projector, tenant));
  if (typeof settled === 'string') return settled;
  throw settled;
}

/** Undefined where there is no such tenant. @throws where its object does not answer */
export async function inDirectory(
  { readTenant }: Projector,
  tenant: string,
): Promise<TenantState | undefined> {
  return tenant === OWN_TENANT ? own : readTenant(tenant);
}

/**
 * MisplacedTenant: it lives in another database, and this one has nothing of it.
 *
 * @throws D1's errors
 */
export async function settleAs(
  { name: here, database }: Pick<Projector, 'name' | 'database'>,
  tenant: string,
  directory: TenantState | undefined,
): Promise<SettledResidence | MisplacedTenant> {
  if (directory === undefined) return 'unknown';
  const lives = directory.status === 'unknown' ? FIRST_DATABASE : directory.database;
  if (lives !== here) return new MisplacedTenant(tenant, lives, here);
  const { status } = directory;
  if (status === 'erasing' || status === 'erased') {
    await beginErasing(database, tenant);
    return 'erased';
  }
  const eraseAt = status === 'active' ? directory.eraseAt : null;
  const state: ResidenceState = eraseAt === null ? 'resident' : 'leaving';
  const eraseAtMs = eraseAt === null ? null : Date.parse(eraseAt);
  await database.prepare(SETTLE).bind(tenant, state, eraseAtMs).run();
  return 'resident';
}

const own: TenantState = { status: 'unknown' };

/** Whether a database has had data of a tenant. */
export async function hasResidence(database: D1Database, tenant: string): Promise<boolean> {
  const found = await database
    .withSession('first-primary')
    .prepare('SELECT 1 FROM residence WHERE tenant = ?')
    .bind(tenant)
    .first();
  return found !== null;
}

const BEGIN_ERASING = `
  INSERT INTO residence (tenant, state) VALUES (?1, 'erasing')
  ON CONFLICT (tenant) DO UPDATE SET state = 'erasing', erase_at = NULL WHERE state NOT IN ('erasing', 'erased')`;

const COUNT_ERASED = `
  INSERT INTO erasure (tenant) SELECT tenant FROM residence WHERE tenant = ?1 AND state = 'erasing'
  ON CONFLICT (tenant) DO NOTHING`;

/**
 * Where the erasure begins with the statement before: every plan that was made until then loses its race, those of
 * builds too, which do not look at a tenant.
 */
const RAISE = `
  INSERT INTO serving_set (id, revision) SELECT 1, 1 WHERE changes() > 0
  ON CONFLICT (id) DO UPDATE SET revision = revision + 1`;

async function beginErasing(database: D1Database, tenant: string): Promise<void> {
  await database.batch([
    database.prepare(BEGIN_ERASING).bind(tenant),
    database.prepare(RAISE),
    database.prepare(COUNT_ERASED).bind(tenant),
  ]);
}

/** After a restore of D1: what it says of tenants may be outdated. */
export const UNCHECK_RESIDENCE = `UPDATE residence SET state = 'unchecked' WHERE tenant <> '${OWN_TENANT}'`;
