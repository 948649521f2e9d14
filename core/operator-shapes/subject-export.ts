/** What a deployment has about a subject, page by page, as `/v1/subjects/{subject}/export` answers it. */
import * as z from 'zod';
import type { Json } from '../values/json.ts';
import { count, listOf, time } from '../values/shape-words.ts';

const json = z.custom<Json>((value) => value !== undefined);

const personalValue = z.object({
  field: z.string().describe('Its path, like `address` or `guests.0.name`.'),
  value: json.describe('Plain; null unless it is `opened`.'),
  key: z.int().min(1).describe('The number of the key that sealed it.'),
  state: z
    .enum(['opened', 'forgotten', 'unreadable'])
    .describe(
      '`forgotten`: its key was destroyed. `unreadable`: its key does not open it; the log says why.',
    ),
});

const described = {
  personal: listOf(personalValue),
  beside: json.describe('The rest of the data. Null in the place of sealed values of any subject.'),
};

export const exportedEvent = z.object({
  stream: z.string(),
  version: count,
  type: z.string(),
  recordedAt: time,
  occurredAt: time,
  ...described,
});

export const exportedRow = z.object({
  list: z.string().describe('The name under which its rows are queried.'),
  ...described,
});

export const subjectExportPage = z.object({
  tenant: z.string(),
  subject: z.string(),
  events: listOf(exportedEvent).describe('In the order of the journal.'),
  rows: listOf(exportedRow).describe('After all events.'),
  left: listOf(z.object({ list: z.string(), because: z.string() })).describe(
    'Lists whose rows cannot be read now.',
  ),
  cursor: z
    .string()
    .exactOptional()
    .describe('Where the next page begins, which may be empty. Left out at the end.'),
});

export type PersonalValueView = z.output<typeof personalValue>;
export type ExportedSubjectEvent = z.output<typeof exportedEvent>;
export type ExportedSubjectRow = z.output<typeof exportedRow>;
export type SubjectExportPage = z.output<typeof subjectExportPage>;
