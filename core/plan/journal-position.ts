/**
 * A position of the journal as clients get it: an opaque text. Its tag identifies the row, so that a position from
 * before a restore of D1 is not taken for another event at the same place.
 */
export interface JournalPosition {
  /** The number of known restores of D1 when it was issued. */
  readonly epoch: number;
  /** The place in the order of arrival; 0 is before the first event. */
  readonly position: number;
  /** The row's four random bytes, in hex. */
  readonly tag: string;
}

/** The letter identifies the format. */
const FORMAT = /^a(0|[1-9]\d{0,8})-(0|[1-9]\d{0,14})-([0-9a-f]{8})$/;

const NO_TAG = '00000000';

/** Before the first event of a journal: the same in every epoch. */
export const JOURNAL_START: JournalPosition = { epoch: 0, position: 0, tag: NO_TAG };

export function formatPosition({ epoch, position, tag }: JournalPosition): string {
  return `a${epoch}-${position}-${position === 0 ? NO_TAG : tag}`;
}

/** Undefined when the text is not a position. */
export function parsePosition(text: string): JournalPosition | undefined {
  const [, epoch, position, tag] = FORMAT.exec(text) ?? [];
  if (tag === undefined) return undefined;
  return { epoch: Number(epoch), position: Number(position), tag };
}
