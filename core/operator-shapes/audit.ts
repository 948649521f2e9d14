/** The audit trail, as `/v1/audit` answers it. */
import * as z from 'zod';
import { doneOperation, requestedOperation } from '../access/audit-trail.ts';
import { listOf, time } from '../values/shape-words.ts';

const recorded = { at: time, actor: z.string().describe('The principal of the caller.') };

export const auditEntry = z.discriminatedUnion('type', [
  requestedOperation.extend({ type: z.literal('OperationRequested'), ...recorded }).strip(),
  doneOperation.extend({ type: z.literal('OperationDone'), ...recorded }).strip(),
]);

export const auditPage = z.object({
  day: z.string().describe('In UTC.'),
  entries: listOf(auditEntry).describe('The newest first.'),
  cursor: z.string().exactOptional(),
});

export type AuditEntry = z.output<typeof auditEntry>;
export type AuditPage = z.output<typeof auditPage>;
