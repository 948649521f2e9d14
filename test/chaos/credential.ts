/** A client's API key, and how its bearer reads answers. */
import { formatPosition, JOURNAL_START, parsePosition } from '../../core/plan/journal-position.ts';
import type { ShownPositions } from '../../worker/access/sealed-positions.ts';

/** An API key, and its name in the history. */
export interface ClientCredential {
  readonly name: string;
  readonly key: string;
  /** Reads the positions that its bearer is shown: a history has their numbers. */
  readonly positions: ShownPositions;
}

/** The members that are positions. */
const POSITIONS = ['position', 'after', 'common'];

/** The JSON of an answer, with its positions as they are stored. */
export function answerIn(text: string, credential: ClientCredential | undefined): unknown {
  return JSON.parse(text, (member, value: unknown) => {
    if (!credential || typeof value !== 'string' || !POSITIONS.includes(member)) return value;
    const position = credential.positions.parse(value);
    return position ? formatPosition(position) : value;
  });
}

/** A position as its bearer is shown it. */
export function shownPosition(position: string, credential: ClientCredential | undefined): string {
  return credential?.positions.of(parsePosition(position) ?? JOURNAL_START) ?? position;
}
