/** Lists and reads dead letters in D1, and records those of failed deliveries. Redriving them is in redrive.ts. */

import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { isOfAggregateSql } from '../../core/aggregate/stream.ts';
import type { DeadLetter, WholeDeadLetter } from '../../core/operator-shapes/dead-letter.ts';
import type { DeadLetterStatus } from '../../core/plan/dead-letter.ts';
import { deadLetterId, isKeyOfSql } from '../../core/plan/keys.ts';
import { SHARED_CHECKPOINT } from '../../core/plan/plan-stream.ts';
import type { Projector } from '../projector/projector.ts';

export interface DeadLetterFilter {
  readonly projection?: string | undefined;
  readonly aggregate?: string | undefined;
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly error?: string | undefined;
  readonly status?: DeadLetterStatus | undefined;
}

const COLUMNS = `id, generation, stream, version, type, error, attempts, status, parked_at AS parkedAt,
  resolved_at AS resolvedAt, actor, reason`;

/** A filter that is left out matches every row. */
export const MATCHES = `tenant = ?1 AND id > ?2
  AND (?3 IS NULL OR ${isKeyOfSql('generation', '?3')})
  AND (?4 IS NULL OR ${isOfAggregateSql('stream', '?4')})
  AND (?5 IS NULL OR stream = ?5) AND (?6 IS NULL OR type = ?6) AND (?7 IS NULL OR status = ?7)
  AND (?8 IS NULL OR error = ?8)`;

export function matching(tenant: string, filter: DeadLetterFilter, after = '') {
  const { projection, aggregate, stream, type, status, error } = filter;
  return [tenant, after, projection, aggregate, stream, type, status, error].map(
    (value) => value ?? null,
  );
}

export async function listDeadLetters(
  database: D1Database,
  tenant: string,
  filter: DeadLetterFilter,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<DeadLetter[]> {
  const { results } = await database
    .prepare(`SELECT ${COLUMNS} FROM dead_letter WHERE ${MATCHES} ORDER BY id LIMIT ?9`)
    .bind(...matching(tenant, filter, page.after), page.limit)
    .all<DeadLetter>();
  return results;
}

export async function readDeadLetter(
  database: D1Database,
  tenant: string,
  id: string,
): Promise<WholeDeadLetter | undefined> {
  const row = await database
    .prepare(`SELECT ${COLUMNS}, stack, event FROM dead_letter WHERE tenant = ? AND id = ?`)
    .bind(tenant, id)
    .first<WholeDeadLetter & { event: string }>();
  return row ? { ...row, event: JSON.parse(row.event) } : undefined;
}

/** Records a delivery as given up, for operators. The alarm of its stream continues to retry. */
export async function recordUndelivered(
  { database, nowMs }: Projector,
  message: {
    readonly tenant: string;
    readonly stream: string;
    readonly version: number;
    readonly content: unknown;
  },
): Promise<void> {
  const { tenant, stream, version, content } = message;
  const id = deadLetterId(SHARED_CHECKPOINT, { stream, version });
  await database
    .prepare(
      `INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
         parked_at) VALUES (?1, ?2, '', ?3, ?4, '', ?5, ?6, '', 1, 'parked', ?7)
       ON CONFLICT (tenant, id) DO UPDATE SET attempts = attempts + 1, status = 'parked', parked_at = ?7`,
    )
    .bind(
      tenant,
      id,
      stream,
      version,
      JSON.stringify(content),
      'The queue has used up its retries.',
      new Date(nowMs()).toISOString(),
    )
    .run();
}

/**
 * Records a message that is not a relay message, from an unknown sender. Its tenant cannot be trusted, so it is the deployment's; it holds back no
 * stream and cannot be redriven, so it is recorded as resolved; the log line is the alert.
 */
export async function recordForeign(
  { database, nowMs }: Projector,
  message: { readonly id: string; readonly content: unknown },
): Promise<void> {
  await database
    .prepare(
      `INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
         parked_at, resolved_at, actor, reason)
       VALUES (?1, ?2, '', '', 0, '', ?3, ?4, '', 1, 'discarded', ?5, ?5, 'ledge', ?4)
       ON CONFLICT (tenant, id) DO UPDATE SET attempts = attempts + 1`,
    )
    .bind(
      OWN_TENANT,
      `message/${message.id}`,
      JSON.stringify(message.content),
      'This is not a relay message.',
      new Date(nowMs()).toISOString(),
    )
    .run();
}
