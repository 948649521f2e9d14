/** Tenants, as `/v1/tenants` answers them. */
import * as z from 'zod';
import { erasedCounts, suspensionModes } from '../access/tenant.ts';
import { tenantBrake } from '../access/tenant-brake.ts';
import { listOf, time } from '../values/shape-words.ts';

export const tenantStatuses = ['active', 'suspended', 'erasing', 'erased'] as const;

const quota = z.string().exactOptional();

export const tenantView = z.object({
  tenant: z.string(),
  status: z.enum(tenantStatuses),
  note: z.string(),
  database: z.string().describe('The binding of the D1 database that it lives in, for good.'),
  jurisdiction: z
    .string()
    .nullable()
    .describe('That of its objects, for good: `eu`. Null: they have none.'),
  suspension: z
    .object({ mode: z.enum(suspensionModes), reason: z.string() })
    .nullable()
    .describe('`read-only`: commands are refused. `closed`: everything is.'),
  brake: z
    .object(tenantBrake.shape)
    .nullable()
    .describe('Its callers have so many requests in ten seconds, together.'),
  quotas: z
    .object({ commands: quota, streams: quota, rows: quota })
    .describe('What its callers may use together, like `500/day`.'),
  blocked: listOf(z.string()).describe('The principals whose credentials are refused.'),
  eraseAt: time.nullable().describe('When its data is erased.'),
  erased: erasedCounts.nullable().describe('What was erased.'),
});

export const listedTenantView = tenantView.extend({
  provisionedAt: time,
  provisionedBy: z.string(),
});

export const tenantPage = z.object({
  tenants: listOf(listedTenantView),
  cursor: z.string().exactOptional(),
});

/** A part of an erasure, which is repeated until it is done. */
export const erasureProgress = z.object({
  tenant: z.string(),
  done: z.boolean(),
  counts: erasedCounts,
});

export type TenantView = z.output<typeof tenantView>;
export type ListedTenantView = z.output<typeof listedTenantView>;
export type TenantPage = z.output<typeof tenantPage>;
export type ErasureProgress = z.output<typeof erasureProgress>;
