/** Which events are sent together, and which of them one after the other. Pure. */
import { firstWithinBytes, utf8Bytes } from '../values/bytes.ts';

/** An event as far as sending goes. */
interface Sendable {
  readonly stream: string;
  readonly position: number;
  readonly text: string;
}

/** Ours: `sendBatch` of a queue takes 256 kB (platform), of which some 100 bytes a message are the platform's. */
const BATCH_BYTES_MAX = 240_000;

/** The platform's limit on a message of a queue is 128,000 bytes, some 100 of which are its own. */
export const MESSAGE_BYTES_MAX = 127_000;

/**
 * The first events that are sent together, at most so many. One that a queue may refuse for its size is sent alone, so that
 * it fails alone.
 */
export function firstBatch<Event extends Sendable>(
  events: readonly Event[],
  countMax: number,
): Event[] {
  const [first] = events;
  if (!first || countMax === 1 || isLarge(first)) return first ? [first] : [];
  const large = events.findIndex(isLarge);
  const upTo = Math.min(countMax, large === -1 ? events.length : large);
  return firstWithinBytes(events.slice(0, upTo), ({ text }) => utf8Bytes(text), BATCH_BYTES_MAX);
}

function isLarge({ text }: Sendable): boolean {
  return utf8Bytes(text) > MESSAGE_BYTES_MAX;
}

/**
 * The events in lanes, which are worked on side by side: a stream is in one lane, and a lane has about as many events as
 * are sent together, in the order of the feed.
 */
export function lanesOf<Event extends Sendable>(
  events: readonly Event[],
  countMax: number,
): Event[][] {
  const lanes: Event[][] = [];
  for (const own of Map.groupBy(events, ({ stream }) => stream).values()) {
    const last = lanes.at(-1);
    if (last && last.length < countMax) last.push(...own);
    else lanes.push([...own]);
  }
  return lanes.map((lane) => lane.sort((one, other) => one.position - other.position));
}
