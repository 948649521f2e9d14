/** What is wrong with a consumer group, in words for an operator. Pure. */
import { commandText } from '../package-name.ts';

export interface GroupTrouble {
  readonly cause: string;
  readonly remedy: string;
}

/** Ours, as for a target that takes nothing. */
export const UNREAD_LONG_MS = 900_000;

export interface TroubledGroup {
  /** Streams whose message was given up on. */
  readonly parked: number;
  /** Since when there are messages and no consumer asks for them; null: it is read, or has none. */
  readonly unreadSinceMs: number | null;
}

const command = commandText('groups');

export function groupTrouble(
  { parked, unreadSinceMs }: TroubledGroup,
  nowMs: number,
): GroupTrouble | undefined {
  if (parked > 0) {
    return {
      cause: 'Messages of a consumer group are parked. Their streams wait.',
      remedy: `See \`${command} held\`: \`redrive\` once the consumers take them, or \`skip\`.`,
    };
  }
  if (unreadSinceMs !== null && nowMs - unreadSinceMs >= UNREAD_LONG_MS) {
    return {
      cause: 'A consumer group has messages, and no consumer has asked for 15 minutes or more.',
      remedy: `Start its consumers, or \`${command} delete\` it.`,
    };
  }
  return undefined;
}
