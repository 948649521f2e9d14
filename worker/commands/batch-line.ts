/** A command as a line of a batch has it. */
import * as z from 'zod';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { App } from '../../core/app.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { invalidInput } from '../http/input-errors.ts';
import { authorizedCommand } from './authorize-command.ts';
import { commandOptions, type DraftCommand } from './prepare-command.ts';

export const batchLine = z.strictObject({
  aggregate: z.string(),
  id: z.string(),
  command: z.string(),
  data: z.unknown(),
  ...commandOptions.shape,
});

export interface LineReader {
  readonly app: App;
  readonly caller: AuthorizedCaller;
  readonly newId: () => string;
}

export function draftLine(
  { app, caller, newId }: LineReader,
  line: unknown,
  traceparent: string | undefined,
): DraftCommand | Failure {
  const parsed = batchLine.safeParse(line);
  if (!parsed.success) return invalidInput(parsed.error);
  const { aggregate, id, command, data, ...options } = parsed.data;
  const wanted = { aggregate, id, command, data, options, traceparent };
  return authorizedCommand(app, caller, wanted, newId, '/data');
}
