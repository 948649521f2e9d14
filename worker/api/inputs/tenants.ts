/** What an administrator sends about tenants. */
import * as z from 'zod';
import { OWN_TENANT } from '../../../core/access/own-tenant.ts';
import { declaredQuotas } from '../../../core/access/quota-text.ts';
import { suspensionModes, type tenant } from '../../../core/access/tenant.ts';
import { tenantBrake } from '../../../core/access/tenant-brake.ts';
import { FIRST_DATABASE } from '../../../core/protocol/deployment-names.ts';
import { wholeNumber } from '../../http/query-parameters.ts';
import { utcTime } from '../../http/utc-time.ts';
import { principalId, tenantName } from '../../runtime/principal.ts';
import { databaseName } from './databases.ts';

/** A page costs an object request for each of its tenants. */
const PAGE_MAX = 100;

const reason = z.string().min(1).max(1_000);

export const provisionInput = z.strictObject({
  tenant: tenantName
    .refine((name) => name !== OWN_TENANT, 'This tenant is Ledge’s own.')
    .describe('Its name, for good: it is in every key, and is not given again.'),
  note: z.string().max(1_000).default(''),
  database: databaseName
    .default(FIRST_DATABASE)
    .describe('The binding of the D1 database that it lives in, for good.'),
});

/** What is done to a tenant: in words for the API's description, and as the command that it becomes. */
export interface TenantOperation {
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodType<{ readonly reason: string }>;
  readonly command: TenantCommand;
}

/** What the commands of a tenant are called. */
export type TenantCommand = keyof typeof tenant.commands;

/** Ours: long enough for a customer who comes back. */
export const ERASED_AFTER_MS = 30 * 86_400_000;

const onPrincipal = z.strictObject({
  principal: principalId.describe('Whatever its credential is: a key, a token, a session.'),
  reason,
});

export const tenantOperations = {
  suspend: {
    summary: 'Suspend a tenant',
    description:
      'Within ten seconds its callers are refused: `read-only` their commands, `closed` everything. Sagas and timers go on.',
    input: z.strictObject({
      mode: z.enum(suspensionModes),
      reason: reason.describe('Its callers read it.'),
    }),
    command: 'SuspendTenant',
  },
  resume: {
    summary: 'Resume a tenant',
    description: 'Ends its suspension within ten seconds.',
    input: z.strictObject({ reason }),
    command: 'ResumeTenant',
  },
  brake: {
    summary: 'Brake a tenant',
    description:
      'Within ten seconds its callers have so many requests in ten seconds, together and whatever their classes; more get 429. Sagas and timers go on.',
    input: tenantBrake.extend({ reason }),
    command: 'BrakeTenant',
  },
  release: {
    summary: 'Release a tenant’s brake',
    description: 'Its callers have the rates of their classes again within ten seconds.',
    input: z.strictObject({ reason }),
    command: 'ReleaseTenant',
  },
  limit: {
    summary: 'Limit what a tenant uses',
    description:
      'Within ten seconds all of its callers together may use so much: `500/day`, per minute, hour or day of UTC; more gets 429. What is left out has no limit. Replaces the quotas from before.',
    input: z.strictObject({ quotas: declaredQuotas, reason }),
    command: 'LimitTenant',
  },
  block: {
    summary: 'Block a principal',
    description:
      'Within ten seconds none of its credentials lets anything in, also tokens of an issuer, which cannot be revoked. An administrator of the tenant may do it.',
    input: onPrincipal,
    command: 'BlockPrincipal',
  },
  unblock: {
    summary: 'Unblock a principal',
    description: 'An administrator of the tenant may do it.',
    input: onPrincipal,
    command: 'UnblockPrincipal',
  },
  'schedule-erasure': {
    summary: 'Schedule the erasure of a tenant',
    description:
      'Its events, rows, dead letters and keys are deleted from that time on; until then it works, and the erasure can be cancelled. Its name is not given again.',
    input: z.strictObject({
      at: utcTime.exactOptional().describe('Left out: in 30 days.'),
      reason,
    }),
    command: 'ScheduleErasure',
  },
  'cancel-erasure': {
    summary: 'Cancel the erasure of a tenant',
    description: 'Until it has begun.',
    input: z.strictObject({ reason }),
    command: 'CancelErasure',
  },
} as const satisfies Readonly<Record<string, TenantOperation>>;

export const eraseInput = z.strictObject({});

export const tenantsInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: PAGE_MAX, default: 20 }),
  cursor: z.string().exactOptional(),
});
