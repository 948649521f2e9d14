/** The subscription of one live query: its query, its rows, and its frame. */
import type { LiveRow } from '../../core/live/live-difference.ts';
import { FRAME_CHARACTERS_MAX, TOKENS_MAX } from '../../core/live/live-limits.ts';
import type { SubscribeFrame } from '../../core/live/live-protocol.ts';
import { type LedgeProblem, tooLarge } from '../problem.ts';

/** A query with its input in URL form, or one row of a projection by the parts of its key. */
export type QueryAddress = Pick<SubscribeFrame, 'query' | 'input' | 'key'>;

/** The callbacks of a subscription. */
export interface SubscriptionListener {
  readonly rows: (rows: readonly LiveRow[]) => void;
  readonly consistent: (token: string) => void;
  /** The rows will never be known to include the token. */
  readonly refused: (token: string, problem: LedgeProblem) => void;
  /** A transient problem: when it has passed, rows are delivered again, even if they are the same. */
  readonly problem: (problem: LedgeProblem) => void;
  /** The subscription has ended: it can never be answered, or the client was closed. */
  readonly ended: (problem?: LedgeProblem) => void;
}

export interface Subscription {
  readonly id: string;
  readonly wanted: QueryAddress;
  readonly follower: SubscriptionListener;
  rows: readonly LiveRow[];
  /** The `seq` of these rows; undefined before the first ones. */
  seq: string | undefined;
  /** Tokens whose events may not be in the rows yet; the latest last. */
  readonly tokens: Set<string>;
  /** The tokens of the last frame. */
  asked: readonly string[];
  /** Whether it is going to ask again for tokens that were refused temporarily. */
  asksAgain: boolean;
  isTroubled: boolean;
}

/** Room for `since` and a token in every frame. */
const RESERVED_CHARACTERS = 600;

/** The problem of a query that does not fit into a frame; else undefined. */
export function tooLongFor(wanted: QueryAddress): LedgeProblem | undefined {
  const characters = JSON.stringify(wanted).length + RESERVED_CHARACTERS;
  if (characters <= FRAME_CHARACTERS_MAX) return undefined;
  return tooLarge(
    'live query',
    FRAME_CHARACTERS_MAX,
    `The live query takes ${characters} characters, and a frame carries ${FRAME_CHARACTERS_MAX}. List fewer values, or open several live queries.`,
  );
}

/**
 * The frame of a first or repeated subscription: the same id replaces the earlier one, and `since` avoids sending known
 * rows.
 */
export function frameOf(subscription: Subscription): string {
  const { id, wanted, seq, tokens } = subscription;
  const frame = { type: 'subscribe', id, ...wanted, ...(seq !== undefined && { since: seq }) };
  const room = FRAME_CHARACTERS_MAX - JSON.stringify(frame).length - ',"consistentWith":[]'.length;
  const consistentWith = fitting([...tokens].slice(-TOKENS_MAX), room);
  subscription.asked = consistentWith;
  return JSON.stringify({ ...frame, ...(consistentWith.length > 0 && { consistentWith }) });
}

/** The last tokens, as many as fit. */
function fitting(tokens: readonly string[], room: number): readonly string[] {
  const fits = JSON.stringify(tokens).length <= room;
  return fits || tokens.length === 0 ? tokens : fitting(tokens.slice(1), room);
}
