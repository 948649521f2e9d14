/** What the server answers for one line, as far as the report needs it: everything else is dropped on reading. */
import * as z from 'zod';
import { jsonText } from './json-text.ts';

const words = z.string().optional().catch(undefined);

const outcomeLine = jsonText.pipe(
  z.object({
    outcome: z.string(),
    status: z.int(),
    version: z.int().optional().catch(undefined),
    replayed: z.boolean().optional().catch(undefined),
    retryAfterSeconds: z.number().min(0).optional().catch(undefined),
    backlog: z.int().optional().catch(undefined),
    reason: words,
    title: words,
    detail: words,
  }),
);

export type LineOutcome = z.output<typeof outcomeLine>;

/** Undefined when the text is no outcome. */
export function parseOutcome(text: string): LineOutcome | undefined {
  return outcomeLine.safeParse(text).data;
}
