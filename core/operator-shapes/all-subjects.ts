/** Subjects of all tenants, as `/v1/all-subjects/…` answers an operator of the deployment. */
import * as z from 'zod';
import { count, listOf, time } from '../values/shape-words.ts';

const named = { tenant: z.string(), subject: z.string() };

const left = listOf(z.object({ ...named, because: z.string() })).describe(
  'Those whose objects did not answer.',
);

/** A forgetting as a register of them has it: a restore needs the first four. */
export const listedForgetting = z.object({
  ...named,
  incarnation: z.int().min(1).describe('The number of the newest key that was destroyed.'),
  forgottenAt: time,
  forgottenBy: z.string(),
  reason: z.string(),
  receipt: z
    .string()
    .nullable()
    .describe('Signed. Null without LEDGE_SECRET, and of one that was authorized again.'),
});

export const forgottenPage = z.object({ forgotten: listOf(listedForgetting), left });

export const forgettingStates = ['forgotten', 'newer', 'failed'] as const;

export const forgottenAgain = z.object({
  subjects: listOf(
    z.object({
      ...named,
      state: z
        .enum(forgettingStates)
        .describe(
          '`forgotten`: it is, now or before. `newer`: it was authorized again since, and keeps that key. `failed`: `because` says why.',
        ),
      changed: z.boolean().describe('Whether it was forgotten now.'),
      because: z.string().exactOptional(),
    }),
  ),
});

export const rewrappedKeys = z.object({
  secret: z.string().describe('Tells secrets apart, and says nothing of them.'),
  keys: count.describe('Keys that this secret has wrapped, now or before.'),
  forgotten: count,
  unknown: count.describe('Subjects that never had a key.'),
  left,
});

export type RewrappedKeys = z.output<typeof rewrappedKeys>;
export type ListedForgetting = z.output<typeof listedForgetting>;
export type ForgottenPage = z.output<typeof forgottenPage>;
export type ForgottenAgain = z.output<typeof forgottenAgain>;
