/** What the lines of an import are, commands or events, and where they are sent. */
import * as z from 'zod';
import { IDENTIFIER_RULE, isIdentifier } from '../../core/aggregate/stream.ts';
import { parseTime, TIME_RULE } from '../../core/values/time.ts';

export type ParsedLine =
  | { readonly kind: 'ready'; readonly stream: string; readonly json: string }
  | { readonly kind: 'broken'; readonly reason: string };

export interface LineForm {
  /** The path of the route that takes them. */
  readonly path: string;
  readonly parse: (lineNumber: number, text: string) => ParsedLine;
  /** In a request, where the settings have no number. */
  readonly batchLines: number;
  /** The member that a line of a program's source needs for another run; those of a file may lack it. */
  readonly sourceNeeds?: string;
  /** Whether the domain decides on them: a rejection and a conflict are answers then, else failures. */
  readonly isDecided: boolean;
  /** Whether importing them is an operation, which has a reason and may be in another tenant than the token's. */
  readonly isOperation: boolean;
}

export const identifier = z.string().refine(isIdentifier, `must be ${IDENTIFIER_RULE}`);

export const time = z.string().refine((text) => parseTime(text) !== undefined, TIME_RULE);
