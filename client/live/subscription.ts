/** One live query as the socket knows it: what it asks for, what it has, and its frame. */
import type { LiveRow } from '../../core/live/live-difference.ts';
import { FRAME_CHARACTERS_MAX, TOKENS_MAX } from '../../core/live/live-limits.ts';
import type { SubscribeFrame } from '../../core/live/live-protocol.ts';
import { type LedgeProblem, tooLarge } from '../problem.ts';

/** A query, its input as it is written in an address; or one row of a projection, by the parts of its key. */
export type QueryAddress = Pick<SubscribeFrame, 'query' | 'input' | 'key'>;

/** What a subscription calls. */
export interface SubscriptionListener {
  readonly rows: (rows: readonly LiveRow[]) => void;
  readonly consistent: (token: string) => void;
  /** The rows will never be known to include the token. */
  readonly refused: (token: string, problem: LedgeProblem) => void;
  /** What goes wrong, and may go well in a moment: then there are rows again, if only the same. */
  readonly problem: (problem: LedgeProblem) => void;
  /** Nothing more comes: it can never be answered, or the client was closed. */
  readonly ended: (problem?: LedgeProblem) => void;
}

export interface Subscription {
  readonly id: string;
  readonly wanted: QueryAddress;
  readonly follower: SubscriptionListener;
  rows: readonly LiveRow[];
  /** Of these rows; undefined before the first ones. */
  seq: string | undefined;
  /** Not yet among the rows, as far as is known; the latest last. */
  readonly tokens: Set<string>;
  /** Those of them that the server was asked about last. */
  asked: readonly string[];
  /** Whether it is about to ask again about tokens that were refused for now. */
  asksAgain: boolean;
  isTroubled: boolean;
}

/** Room for `since` and a token in every frame. */
const RESERVED_CHARACTERS = 600;

/** Undefined when a frame has room for what is wanted. */
export function tooLongFor(wanted: QueryAddress): LedgeProblem | undefined {
  const characters = JSON.stringify(wanted).length + RESERVED_CHARACTERS;
  if (characters <= FRAME_CHARACTERS_MAX) return undefined;
  return tooLarge(
    'live query',
    FRAME_CHARACTERS_MAX,
    `The live query takes ${characters} characters, and a frame carries ${FRAME_CHARACTERS_MAX}. List fewer values, or open several live queries.`,
  );
}

/** For the first time, or again: the same id takes its own place, and `since` spares what is known. */
export function frameOf(subscription: Subscription): string {
  const { id, wanted, seq, tokens } = subscription;
  const frame = { type: 'subscribe', id, ...wanted, ...(seq !== undefined && { since: seq }) };
  const room = FRAME_CHARACTERS_MAX - JSON.stringify(frame).length - ',"consistentWith":[]'.length;
  const consistentWith = fitting([...tokens].slice(-TOKENS_MAX), room);
  subscription.asked = consistentWith;
  return JSON.stringify({ ...frame, ...(consistentWith.length > 0 && { consistentWith }) });
}

/** As many of the last ones as there is room for. */
function fitting(tokens: readonly string[], room: number): readonly string[] {
  const fits = JSON.stringify(tokens).length <= room;
  return fits || tokens.length === 0 ? tokens : fitting(tokens.slice(1), room);
}
