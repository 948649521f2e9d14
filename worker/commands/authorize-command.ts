/** A caller's command: prepared, then granted, refused, or left to a rule that the aggregate's object asks. */
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { App } from '../../core/app.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { suspended } from '../runtime/known-tenants.ts';
import { type CommandRequest, type PreparedCommand, prepareCommand } from './prepare-command.ts';

/** `at` is the place of the data in the caller's input, for errors. */
export function authorizedCommand(
  app: App,
  caller: AuthorizedCaller,
  wanted: CommandRequest,
  at = '',
): PreparedCommand | Failure {
  if (caller.suspension) return suspended(caller.suspension);
  const prepared = prepareCommand(app, caller, wanted, at);
  if ('outcome' in prepared) return prepared;
  const { address, command } = prepared;
  const { rights } = caller;
  if (command.occurredAt !== undefined && !rights.mayBackdate) return ungranted('backdate');
  const authorization = rights.command(address, command.name, command.data);
  if (authorization === undefined) return prepared;
  if ('outcome' in authorization) return authorization;
  return { address, command: { ...command, authorization } };
}
