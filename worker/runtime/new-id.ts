/** Ids of events: UUIDs of version 7 (RFC 9562), which sort by the time at which they were made. */

const TIME_DIGITS = 12;
/** Method 1 of RFC 9562, 6.2: the twelve bits after the version count ids within a millisecond. */
const COUNT_MAX = 0xfff;
/** Half of the counter is left for ids that follow in the same millisecond. */
const FIRST_COUNT_MAX = 0x7ff;

/** Random beside the counter: the last eight bytes, of which two bits are the variant. */
const RANDOM_BYTES = 10;

/**
 * Ids in order: each is greater than the one before, also within a millisecond and when the clock goes back. The
 * random bytes keep ids of different isolates apart.
 */
export function idSource(nowMs: () => number, randomBytes: (count: number) => Uint8Array) {
  let ms = -1;
  let count = 0;

  function advance(random: number): void {
    const now = nowMs();
    if (now > ms) {
      ms = now;
      count = random & FIRST_COUNT_MAX;
    } else if (++count > COUNT_MAX) {
      // More ids than the millisecond holds: the next millisecond counts on.
      ms++;
      count = 0;
    }
  }

  return (): string => {
    const [high = 0, low = 0, variant = 0, ...node] = randomBytes(RANDOM_BYTES);
    advance((high << 8) | low);
    const bytes = [(variant & 0x3f) | 0x80, ...node.slice(0, 7)].map((byte) => hex(byte, 2));
    const digits = `${hex(ms, TIME_DIGITS)}7${hex(count, 3)}${bytes.join('')}`;
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
