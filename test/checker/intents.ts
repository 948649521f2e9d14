/** Intents of clients: all attempts with one key are one intent, and so is each attempt without a key. */
import type { Operation } from './history.ts';

type Try = Operation<'command'>;

export interface Intent {
  readonly stream: string;
  readonly key: string | undefined;
  readonly tries: readonly Try[];
  /** Of the first try. */
  readonly invoked: number;
  /** The time of the first successful response, from which a client knows the outcome. */
  readonly completed: number;
  readonly accepted: Try['answer'];
  /** No try was accepted, and one of them may have been. */
  readonly isUnknown: boolean;
}

export function intentsOf(commands: readonly Try[]): Intent[] {
  const tries = Map.groupBy(commands, (one) => {
    const { stream, key } = one.wanted;
    return key === undefined ? `${one.invoked}` : `${stream} ${key}`;
  });
  return [...tries.values()].flatMap(intentOf);
}

function intentOf(tries: readonly Try[]): Intent[] {
  const [first] = tries;
  if (!first) return [];
  const { stream, key } = first.wanted;
  const accepted = tries.filter(({ answer }) => answer !== undefined);
  return [
    {
      stream,
      key,
      tries,
      invoked: first.invoked,
      completed: Math.min(...accepted.map(({ completed }) => completed), Infinity),
      accepted: accepted[0]?.answer,
      isUnknown: accepted.length === 0 && tries.some(({ failure }) => !failure),
    },
  ];
}

/** The version of the first event of an accepted intent. */
export function firstVersion({ version, events }: NonNullable<Intent['accepted']>): number {
  return version - events.length + 1;
}

export function nameOf({ tries, stream, key }: Intent): string {
  const command = tries[0]?.wanted.command ?? '';
  return key === undefined ? `${command} on ${stream}` : `${command} on ${stream} (${key})`;
}
