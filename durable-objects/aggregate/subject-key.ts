/**
 * Answers the key of a subject, in its object, which alone makes it. The crypto of the platform is asynchronous, so a new
 * key is wrapped before the command is executed; from the command to its transaction nothing interleaves. Of two calls
 * at once one stores its key, and both answer that one.
 */
import type { Command } from '../../core/aggregate/command.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import { type SubjectState, subject } from '../../core/personal/subject.ts';
import type { AggregateParts } from './aggregate-parts.ts';
import { runCommands } from './run-commands.ts';

/** At a version of the subject's stream. */
export interface StoredSubjectKey {
  readonly version: number;
  readonly incarnation: number;
  /** Null: forgotten. */
  readonly wrapped: string | null;
}

export async function subjectKey(
  parts: AggregateParts,
  refusal: () => Failure | undefined,
  command?: Command,
): Promise<StoredSubjectKey | Failure | undefined> {
  const { run, storage, wrapping } = parts;
  if (storage.image.aggregate.name !== subject.name)
    throw new KnownFault('Only subjects have keys.');
  if (command && stateOf(parts).status !== 'known') {
    const prepared = await wrapping.newKey();
    const refused = refusal();
    if (refused) return refused;
    storage.subjectKeys.prepare(prepared);
    const [outcome] = runCommands(run, [command]);
    storage.subjectKeys.prepare(undefined);
    // A forgotten subject is an answer, and no failure.
    const isForgotten = outcome?.outcome === 'rejected' && stateOf(parts).status === 'forgotten';
    if (outcome && outcome.outcome !== 'accepted' && !isForgotten) return outcome;
  }
  return currentKey(parts);
}

async function currentKey(parts: AggregateParts): Promise<StoredSubjectKey | undefined> {
  const { storage, wrapping } = parts;
  for (;;) {
    const state = stateOf(parts);
    const { version } = storage.log.head();
    if (state.status === 'unknown') return undefined;
    const { incarnation } = state;
    if (state.status === 'forgotten') return { version, incarnation, wrapped: null };
    const stored = storage.subjectKeys.find(incarnation);
    if (stored === undefined) throw new KnownFault(LOST);
    const wrapped = await wrapping.rewrap(stored);
    // Forgotten meanwhile, or wrapped by another call: what is stored now counts.
    if (storage.subjectKeys.find(incarnation) !== stored) continue;
    if (wrapped !== stored) storage.commit(() => storage.subjectKeys.rewrap(incarnation, wrapped));
    return { version, incarnation, wrapped };
  }
}

const LOST =
  'The key of the subject is missing: its object was restored to a time before. Restore it to a later one, or forget the subject.';

function stateOf({ storage }: AggregateParts): SubjectState {
  // What the stream of a subject folds into.
  return storage.image.current().state as SubjectState;
}
