/**
 * SHA-256 of a text (FIPS 180-4), for pure code: the platform's digest is asynchronous, and a domain uses neither
 * promises nor the platform.
 */

const WORD_BITS = 32;
const BLOCK_BYTES = 64;
const ROUNDS = 64;

const PRIMES = firstPrimes(ROUNDS);
const ROUND_CONSTANTS = PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));
const INITIAL_HASH = PRIMES.slice(0, 8).map((prime) => fractionBits(Math.sqrt(prime)));

/**
 * The digest of the text's UTF-8, as 64 hexadecimal digits.
 *
 * @throws URIError for half of a surrogate pair, which UTF-8 cannot hold
 */
export function sha256(text: string): string {
  let hash = INITIAL_HASH;
  const bytes = padded(utf8Of(text));
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    hash = afterBlock(hash, new DataView(bytes.buffer, start, BLOCK_BYTES));
  }
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Uses `encodeURIComponent`, the only UTF-8 encoder of the language itself. */
function utf8Of(text: string): number[] {
  const characters = encodeURIComponent(text).match(/%..|./g) ?? [];
  return characters.map((character) =>
    character.length === 1 ? character.charCodeAt(0) : Number.parseInt(character.slice(1), 16),
  );
}

/** A one bit, zeros, and the length in bits end the last block. */
function padded(bytes: readonly number[]): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil((bytes.length + 9) / BLOCK_BYTES);
  const whole = new Uint8Array(blocks * BLOCK_BYTES);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  new DataView(whole.buffer).setBigUint64(whole.length - 8, BigInt(bytes.length) * 8n);
  return whole;
}

function afterBlock(hash: readonly number[], block: DataView): number[] {
  const words = schedule(block);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  ROUND_CONSTANTS.forEach((constant, round) => {
    const choice = (e & f) ^ (~e & g);
    const first = h + sum(e, 6, 11, 25) + choice + constant + (words[round] ?? 0);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = sum(a, 2, 13, 22) + majority;
    [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
  });
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + (hash[index] ?? 0)) | 0);
}

function schedule(block: DataView): number[] {
  const words = Array.from({ length: 16 }, (_, index) => block.getInt32(index * 4));
  const before = (distance: number) => words.at(-distance) ?? 0;
  while (words.length < ROUNDS) {
    const near = rotated(before(2), 17) ^ rotated(before(2), 19) ^ (before(2) >>> 10);
    const far = rotated(before(15), 7) ^ rotated(before(15), 18) ^ (before(15) >>> 3);
    words.push((before(16) + far + before(7) + near) | 0);
  }
  return words;
}

function sum(word: number, ...distances: readonly number[]): number {
  return distances.reduce((bits, distance) => bits ^ rotated(word, distance), 0);
}

function rotated(word: number, distance: number): number {
  return (word >>> distance) | (word << (WORD_BITS - distance));
}

/** The first 32 bits of the fraction. */
function fractionBits(value: number): number {
  return ((value % 1) * 2 ** WORD_BITS) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}
