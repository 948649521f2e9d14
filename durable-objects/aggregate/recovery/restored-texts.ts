/** What callers and operators read of an object that was restored to an earlier time. */

import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { type Explanation, explainFailure } from '../../../core/failures/explain-failure.ts';
import { commandText } from '../../../core/package-name.ts';
import type { Divergence } from './journal-walk.ts';
import type { OpenRecovery } from './recovery-state.ts';

/** Our values: events come back within seconds, and an operator needs longer. */
const RETRY_AFTER_SECONDS = { behind: 5, diverged: 60 };

/** The outcome of a command while the object takes none. */
export function restoredRefusal(
  stream: string,
  { divergedAt }: OpenRecovery,
): Extract<Failure, { outcome: 'unavailable' }> {
  const command = commandText(`streams recover ${stream}`);
  const behind = `The aggregate was restored to an earlier time and takes its events back from the journal. Nothing was executed: send the command again. An operator does it at once with \`${command}\`.`;
  const diverged = `The aggregate was restored to an earlier time and has other events than the journal since version ${divergedAt}. Nothing was executed. An operator has to decide: \`${command}\` shows both events and what to do.`;
  return divergedAt === null
    ? { outcome: 'unavailable', detail: behind, retryAfterSeconds: RETRY_AFTER_SECONDS.behind }
    : { outcome: 'unavailable', detail: diverged, retryAfterSeconds: RETRY_AFTER_SECONDS.diverged };
}

/** `error`: why the events could not be taken back. */
export function restoredText(
  stream: string,
  { version, journalVersion }: Pick<OpenRecovery, 'journalVersion'> & { readonly version: number },
  error: unknown,
): Explanation {
  const found = `The object was restored to an earlier time: it has version ${version}, the journal ${journalVersion}.`;
  return {
    cause: error === undefined ? found : `${found} ${explainFailure(error).cause}`,
    remedy: `It refuses commands and takes its events back from the journal by itself. \`${commandText(`streams recover ${stream}`)}\` does it at once.`,
  };
}

/** With ids and times, and without data. */
export function divergedText(stream: string, { version, log, journal }: Divergence): Explanation {
  return {
    cause: `The object was restored to an earlier time and then executed commands: under version ${version} it has ${inWords(log)}, and the journal ${inWords(journal)}.`,
    remedy: `Nothing is overwritten, and commands are refused. Restore the object once more, to a time before ${log.recordedAt}, then run \`${commandText(`streams recover ${stream}`)}\`, and send again the commands whose events only the object had.`,
  };
}

function inWords({ type, id, recordedAt }: StoredEvent): string {
  return `${type} (${id}, recorded at ${recordedAt})`;
}
