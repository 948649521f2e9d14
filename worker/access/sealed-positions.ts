/**
 * A position of the journal that is sealed for one tenant: the journal counts the events of all tenants, and nothing of
 * that is to be read from its positions.
 */
import { randomBytes } from 'node:crypto';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { seal, sealKey, unseal } from './sealed-bytes.ts';

export interface ShownPositions {
  /** Of an event: always the same text. */
  of(position: JournalPosition): string;
  /**
   * Of an examined place, another text each time where positions are sealed: whether it has moved shows whether other
   * tenants have written.
   */
  examined(position: JournalPosition): string;
  /** Undefined for what the tenant was not shown. */
  parse(text: string): JournalPosition | undefined;
}

/** Differs from `a`, the letter of a position that is not sealed. */
const LETTER = 's';

/** Epoch, place and tag. */
const POSITION_BYTES = 4 + 7 + 4;
const CHANCE_BYTES = 8;

/** `secrets`: those of the deployment, the one for new texts first. */
export function sealedPositions(
  [secret, ...previous]: readonly [string, ...string[]],
  tenant: string,
): ShownPositions {
  const newest = sealKey(secret, 'position', tenant);
  const keys = [newest, ...previous.map((one) => sealKey(one, 'position', tenant))];
  const shown = (bytes: Buffer) => LETTER + seal(newest, bytes);
  return {
    of: (position) => shown(bytesOf(position)),
    examined: (position) => shown(Buffer.concat([bytesOf(position), randomBytes(CHANCE_BYTES)])),
    parse: (text) => {
      if (!text.startsWith(LETTER)) return undefined;
      const bytes = keys.map((key) => unseal(key, text.slice(LETTER.length)));
      return positionIn(bytes.find((found) => found !== undefined));
    },
  };
}

/** A position takes at most fifteen digits, which are fifty bits. */
const HIGH_BYTE = 2 ** 48;

function bytesOf({ epoch, position, tag }: JournalPosition): Buffer {
  const bytes = Buffer.alloc(POSITION_BYTES);
  bytes.writeUInt32BE(epoch, 0);
  bytes.writeUInt8(Math.floor(position / HIGH_BYTE), 4);
  bytes.writeUIntBE(position % HIGH_BYTE, 5, 6);
  bytes.write(tag, 11, 'hex');
  return bytes;
}

function positionIn(bytes: Buffer | undefined): JournalPosition | undefined {
  if (!bytes || bytes.length < POSITION_BYTES) return undefined;
  return {
    epoch: bytes.readUInt32BE(0),
    position: bytes.readUInt8(4) * HIGH_BYTE + bytes.readUIntBE(5, 6),
    tag: bytes.toString('hex', 11, POSITION_BYTES),
  };
}
