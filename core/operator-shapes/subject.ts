/** Subjects of personal data, as `/v1/subjects` answers them. */
import * as z from 'zod';
import { count, listOf, time } from '../values/shape-words.ts';

export const subjectStatuses = ['known', 'held', 'forgotten'] as const;

const recorded = z.object({ at: time, by: z.string(), reason: z.string() });

export const subjectReceipt = z.object({
  tenant: z.string(),
  subject: z.string(),
  incarnation: count.describe('The number of the key that was destroyed.'),
  forgottenAt: time,
  forgottenBy: z.string(),
  reason: z.string(),
  checkedAt: time,
  objectKeys: count.describe('Keys that the object of the subject has, read back.'),
  copies: count.describe('Copies of the key in D1.'),
  confirmed: z.boolean().describe('Whether the journal has the forgetting.'),
  unreadableFrom: time
    .nullable()
    .describe('From then on no isolate has the key in its memory. Null: while a copy is left.'),
  covers: listOf(z.string()),
  exceptions: listOf(z.string()).describe('What the deployment cannot reach.'),
});

export const subjectView = z.object({
  subject: z.string(),
  status: z.enum(subjectStatuses).describe('`held`: it cannot be forgotten until it is released.'),
  incarnation: count.describe('The number of its key: one more each time it is authorized again.'),
  history: listOf(recorded.extend({ type: z.string() })).describe('The newest 100, newest first.'),
  receipt: subjectReceipt.nullable().describe('Of a subject that is forgotten.'),
  signedReceipt: z
    .string()
    .nullable()
    .describe(
      'The receipt with its HMAC, which `verify-receipt` checks. Null without LEDGE_SECRET.',
    ),
});

export const verifiedReceipt = z.object({
  valid: z.boolean().describe('Whether this deployment has signed it for this subject.'),
  receipt: subjectReceipt.nullable(),
});

export type SubjectReceipt = z.output<typeof subjectReceipt>;
export type SubjectView = z.output<typeof subjectView>;
export type VerifiedReceipt = z.output<typeof verifiedReceipt>;
