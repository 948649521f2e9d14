/** A caller's command: drafted, then granted, refused, or left to a rule that the aggregate's object asks. */
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { App } from '../../core/app.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { suspended } from '../runtime/known-tenants.ts';
import { type CommandRequest, type DraftCommand, draftCommand } from './prepare-command.ts';

/** `at` is the place of the data in the caller's input, for errors. */
export function authorizedCommand(
  app: App,
  caller: AuthorizedCaller,
  wanted: CommandRequest,
  newId: () => string,
  at = '',
): DraftCommand | Failure {
  if (caller.suspension) return suspended(caller.suspension);
  const drafted = draftCommand(app, caller, wanted, newId, at);
  if ('outcome' in drafted) return drafted;
  const { address, draft } = drafted;
  const { rights } = caller;
  if (draft.occurredAt !== undefined && !rights.mayBackdate) return ungranted('backdate');
  const authorization = rights.command(address, draft.name, draft.data);
  if (authorization === undefined) return drafted;
  if ('outcome' in authorization) return authorization;
  return { ...drafted, draft: { ...draft, authorization } };
}
