/** Lists every forgotten subject of every tenant into a register. */
import { forgottenPage, type ListedForgetting } from '../../core/operator-shapes/all-subjects.ts';
import { askAgain } from '../operations/ask-again.ts';
import { inBatches } from '../operations/in-batches.ts';
import { NoAnswer, type Server } from '../operations/server.ts';
import { writeRegister } from './forgotten-register.ts';
import {
  firstPlace,
  knownSubjects,
  type ListedSubject,
  newerSubjects,
  walkedDatabases,
} from './subject-streams.ts';

export interface RegisterListing {
  readonly server: Server;
  readonly path: string;
  readonly reason: string | undefined;
  readonly show: (text: string) => void;
}

/** Chosen by us, the server's limit. */
const SUBJECTS_AT_ONCE = 50;

/** @throws NoAnswer; then there is no new file */
export function listForgotten(given: RegisterListing): Promise<number> {
  return writeRegister(given.path, given.server.url, forgottenOf(given));
}

async function* forgottenOf(given: RegisterListing): AsyncGenerator<ListedForgetting> {
  const { server, reason, show } = given;
  let found = 0;
  for await (const page of listedOf(server, reason)) {
    // One that was forgotten has an event more than its first key.
    const changed = page.filter(({ version }) => version > 1);
    for (const some of inBatches(changed, SUBJECTS_AT_ONCE)) {
      const forgotten = await forgottenAmong(server, some);
      yield* forgotten;
      found += forgotten.length;
      show(`${found} forgotten subjects found.`);
    }
  }
}

async function* listedOf(
  server: Server,
  reason: string | undefined,
): AsyncGenerator<readonly ListedSubject[]> {
  const databases = await walkedDatabases(server, reason);
  const first = firstPlace(databases);
  for await (const { subjects } of knownSubjects(server, databases, first)) yield subjects;
  yield* newerSubjects(server, databases);
}

async function forgottenAmong(
  server: Server,
  listed: readonly ListedSubject[],
): Promise<readonly ListedForgetting[]> {
  const subjects = listed.map(({ tenant, subject }) => ({ tenant, subject }));
  const path = '/v1/all-subjects/forgotten';
  const request = { method: 'POST', path, input: { subjects } } as const;
  const { forgotten, left } = await askAgain(server, request, forgottenPage);
  const [first] = left;
  if (!first) return forgotten;
  const key = `${first.tenant}/${first.subject}`;
  throw new NoAnswer(`${key} does not answer: ${first.because} Run it again.`, false);
}
