/** An import of commands. */
import type { LineForm } from './line-form.ts';
import { parseCommand } from './parse-command.ts';

export const commandLines: LineForm = {
  path: '/v1/commands',
  parse: parseCommand,
  batchLines: 200,
  sourceNeeds: 'idempotencyKey',
  isDecided: true,
  isOperation: false,
};
