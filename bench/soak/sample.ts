/** What is looked at again and again while a soak runs. */
import * as z from 'zod';

const latency = z.object({
  count: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});

export const sample = z.object({
  kind: z.literal('sample'),
  /** Since the load began. */
  atSeconds: z.number(),
  /** Of all the runtime's processes. */
  memoryMebibytes: z.number(),
  descriptors: z.number(),
  /** Rows by table of D1. */
  tables: z.record(z.string(), z.number()),
  /** Since the sample before; from when it was due, whenever it was sent. */
  commands: latency,
  reads: latency,
  /** Since the sample before: answered 5xx or not at all, hung up on included. */
  failed: z.number(),
  /** Since the sample before: not sent, because too many were waiting for their answer. */
  shed: z.number(),
});

export type Sample = z.infer<typeof sample>;
