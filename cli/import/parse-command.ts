/**
 * One line of the input as a command, or the reason why it is none. Promises that the same line at the same place always gets the same idempotency key.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { streamName } from '../../core/aggregate/stream.ts';
import { issuesText, jsonText } from './json-text.ts';
import { identifier, type ParsedLine, time } from './line-form.ts';

// Strict: a misspelt `occuredAt` would otherwise import millions of lines at the wrong time.
const commandLine = jsonText.pipe(
  z.strictObject({
    aggregate: identifier,
    id: identifier,
    command: z.string().min(1),
    data: z.record(z.string(), z.unknown()),
    idempotencyKey: z.string().min(1).optional(),
    occurredAt: time.optional(),
    expectedVersion: z.int().min(0).optional(),
  }),
);

export function parseCommand(lineNumber: number, text: string): ParsedLine {
  const { success, data: command, error } = commandLine.safeParse(text);
  if (!success) return { kind: 'broken', reason: issuesText(error) };
  const json = command.idempotencyKey === undefined ? withKey(lineNumber, text) : text;
  return { kind: 'ready', stream: streamName(command), json };
}

/** Appended to the text rather than serialized from the parsed value: numbers stay as they were typed. */
function withKey(lineNumber: number, text: string): string {
  const digest = createHash('sha256').update(`${lineNumber}\n${text}`).digest('hex');
  const withoutBrace = text.trimEnd().slice(0, -1);
  return `${withoutBrace},"idempotencyKey":"import-${digest.slice(0, 40)}"}`;
}
