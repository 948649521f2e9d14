/** What an operator of the deployment does with subjects of all tenants. */
import * as z from 'zod';
import { restoreInputs } from './restore.ts';

/** Each is some requests to its object, and an invocation may make a thousand. */
const SUBJECTS_MAX = 50;

const { tenant: identifier } = restoreInputs.bring.shape.streams.element.shape;
const named = { tenant: identifier, subject: identifier };
const reason = z.string().min(1).max(1_000);

export const allSubjectsInputs = {
  forgotten: z.strictObject({
    reason: reason.exactOptional(),
    subjects: z.array(z.strictObject(named)).max(SUBJECTS_MAX),
  }),
  rewrap: z.strictObject({ subjects: z.array(z.strictObject(named)).max(SUBJECTS_MAX) }),
  forget: z.strictObject({
    subjects: z
      .array(
        z.strictObject({
          ...named,
          incarnation: z.int().min(1),
          forgottenAt: z.string().max(40),
          reason,
        }),
      )
      .max(SUBJECTS_MAX),
  }),
} as const;
