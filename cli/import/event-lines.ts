/** An import of events of another system. What the server checks, data for one, is not checked here. */
import * as z from 'zod';
import { streamName } from '../../core/aggregate/stream.ts';
import { issuesText, jsonText } from './json-text.ts';
import { identifier, type LineForm, type ParsedLine, time } from './line-form.ts';

const eventLine = jsonText.pipe(
  z.strictObject({
    aggregate: identifier,
    aggregateId: identifier,
    version: z.int().min(1),
    type: z.string().min(1),
    schemaVersion: z.int().min(1).optional(),
    data: z.unknown(),
    occurredAt: time,
    sourceId: z.string().optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
);

export function parseEvent(_lineNumber: number, text: string): ParsedLine {
  const { success, data: event, error } = eventLine.safeParse(text);
  if (!success) return { kind: 'broken', reason: issuesText(error) };
  const stream = streamName({ aggregate: event.aggregate, id: event.aggregateId });
  return { kind: 'ready', stream, json: text };
}

export const eventLines: LineForm = {
  path: '/v1/import/events',
  parse: parseEvent,
  batchLines: 1_000,
  isDecided: false,
  isOperation: true,
};
