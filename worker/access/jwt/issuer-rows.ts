/** The rows of `issuer_keys`: what a deployment knows of its issuers' keys, for all of its isolates. */

/** Ours: tokens with unknown keys cost the issuer one request in this time, however many isolates see them. */
export const ASKED_AGAIN_MS = 30_000;

export interface IssuerRow {
  /** JSON, for `KeySet`. */
  readonly keySet: string;
  /** 0: its keys were never read. */
  readonly fetchedAtMs: number;
  /** 0: no token was a reason to ask. */
  readonly triedAtMs: number;
}

export const UNKNOWN_ISSUER: IssuerRow = { keySet: '[]', fetchedAtMs: 0, triedAtMs: 0 };

const READ = `
  SELECT key_set AS keySet, fetched_at AS fetchedAtMs, tried_at AS triedAtMs
  FROM issuer_keys WHERE issuer = ?`;

/** A time in the future is of a clock that went back. */
const CLAIM = `
  INSERT INTO issuer_keys (issuer, key_set, fetched_at, tried_at) VALUES (?1, '[]', 0, ?2)
  ON CONFLICT (issuer) DO UPDATE SET tried_at = excluded.tried_at WHERE abs(tried_at - ?2) >= ${ASKED_AGAIN_MS}
  RETURNING tried_at`;

/** What was asked for earlier, and answered later, replaces nothing. */
const STORE = `
  INSERT INTO issuer_keys (issuer, key_set, fetched_at, tried_at) VALUES (?1, ?2, ?3, 0)
  ON CONFLICT (issuer) DO UPDATE SET key_set = excluded.key_set, fetched_at = excluded.fetched_at
  WHERE fetched_at <= excluded.fetched_at`;

export async function readIssuer(database: D1Database, issuer: string): Promise<IssuerRow> {
  return (await database.prepare(READ).bind(issuer).first<IssuerRow>()) ?? UNKNOWN_ISSUER;
}

/** Whether the caller is the one that asks the issuer now. */
export async function claimFetch(
  database: D1Database,
  issuer: string,
  nowMs: number,
): Promise<boolean> {
  const { results } = await database.prepare(CLAIM).bind(issuer, nowMs).all();
  return results.length > 0;
}

/** `askedAtMs`: before the request to the issuer. */
export async function storeKeySet(
  database: D1Database,
  issuer: string,
  keySet: string,
  askedAtMs: number,
): Promise<void> {
  await database.prepare(STORE).bind(issuer, keySet, askedAtMs).run();
}
