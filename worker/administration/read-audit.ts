/** A page of a day of the audit trail, the newest first. */
import { doneOperation, requestedOperation } from '../../core/access/audit-trail.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import type { AuditEntry, AuditPage } from '../../core/operator-shapes/audit.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';
import { auditAddress } from './operation-audit.ts';

interface AuditQuery {
  readonly day: string;
  readonly limit: number;
  readonly cursor?: string;
}

export async function readAudit(
  env: LedgeEnv,
  tenant: string,
  { day, limit, cursor }: AuditQuery,
): Promise<AuditPage | Failure> {
  const list = ['audit', tenant, day];
  const after = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(list, cursor)?.[0];
  if (typeof after !== 'number') return invalid('cursor', 'This is no cursor.');
  const object = aggregateStub(env, auditAddress(tenant, day));
  const page = await object.eventPage({ after, limit, direction: 'backwards' });
  const last = page.more ? page.events.at(-1) : undefined;
  return {
    day,
    entries: page.events.map(entryOf),
    ...(last && { cursor: encodeCursor(list, [last.version]) }),
  };
}

function entryOf({ type, data, recordedAt: at, metadata: { actor } }: StoredEvent): AuditEntry {
  return type === 'OperationRequested'
    ? { type, ...requestedOperation.parse(data), at, actor }
    : { type: 'OperationDone', ...doneOperation.parse(data), at, actor };
}
