/**
 * One line of the input as a command, or the reason why it is none. Called by read-commands for every line;
 * promises that the same line at the same place always gets the same idempotency key.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { IDENTIFIER_RULE, isIdentifier, streamName } from '../../core/aggregate/stream.ts';
import { parseTime, TIME_RULE } from '../../core/values/time.ts';
import { issuesText, jsonText } from './json-text.ts';

export type ParsedCommand =
  | { readonly kind: 'command'; readonly stream: string; readonly json: string }
  | { readonly kind: 'broken'; readonly reason: string };

const identifier = z.string().refine(isIdentifier, `must be ${IDENTIFIER_RULE}`);

// Strict: a misspelt `occuredAt` would otherwise import millions of lines at the wrong time.
const commandLine = jsonText.pipe(
  z.strictObject({
    aggregate: identifier,
    id: identifier,
    command: z.string().min(1),
    data: z.record(z.string(), z.unknown()),
    idempotencyKey: z.string().min(1).optional(),
    occurredAt: z
      .string()
      .refine((time) => parseTime(time) !== undefined, TIME_RULE)
      .optional(),
    expectedVersion: z.int().min(0).optional(),
  }),
);

export function parseCommand(lineNumber: number, text: string): ParsedCommand {
  const { success, data: command, error } = commandLine.safeParse(text);
  if (!success) return { kind: 'broken', reason: issuesText(error) };
  const json = command.idempotencyKey === undefined ? withKey(lineNumber, text) : text;
  return { kind: 'command', stream: streamName(command), json };
}

/** Appended to the text rather than serialized from the parsed value: numbers stay as they were typed. */
function withKey(lineNumber: number, text: string): string {
  const digest = createHash('sha256').update(`${lineNumber}\n${text}`).digest('hex');
  const withoutBrace = text.trimEnd().slice(0, -1);
  return `${withoutBrace},"idempotencyKey":"import-${digest.slice(0, 40)}"}`;
}
