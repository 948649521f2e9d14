/** The settings of an import, with their defaults and bounds: the CLI's flags and a script's options alike. */
import * as z from 'zod';
import { exposedToken } from '../exposed-token.ts';
import { identifier } from './line-form.ts';
import type { SourceOf } from './source-input.ts';

const fields = z.object({
  file: z.string().min(1).optional(),
  source: z.custom<SourceOf<object>>(isIterable, 'is not iterable').optional(),
  url: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/(?<!\/)\/+$/, '')),
  token: z.string().min(1).optional(),
  /** The tenant that an operator of the deployment imports events into. Left out: the token's own. */
  inTenant: identifier.optional(),
  /** Why events are imported: of each request in the audit trail. A header has it. */
  reason: z
    .string()
    .max(1_000)
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be ASCII, without blanks at its ends')
    .optional(),
  /** Requests at a time; a stream always uses the same one. */
  lanes: z.int().min(1).max(64).default(4),
  /** The service lets one request touch 1,000 streams. Left out: what the form of the lines says. */
  batchLines: z.int().min(1).max(1_000).optional(),
  /** In a row without any answer in between. */
  attemptsMax: z.int().min(1).max(100).default(5),
  backoffBaseMs: z.number().min(0).default(500),
  silenceMsMax: z.number().min(1).default(60_000),
  /** Starts at the beginning whatever is in the progress file. */
  restart: z.boolean().default(false),
  /** Where every line's result goes, as NDJSON. */
  reportFile: z.string().min(1).optional(),
});

/** One input. An import sends nothing, the first line included, when its token would be readable on the way. */
export const importSettings = fields.superRefine((settings, context) => {
  if ((settings.file === undefined) === (settings.source === undefined)) {
    context.addIssue('an import needs a file or a source, and not both');
  }
  const exposed = exposedToken(settings);
  if (exposed !== undefined) context.addIssue(exposed);
});

export type ImportSettings = z.output<typeof importSettings>;

function isIterable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}
