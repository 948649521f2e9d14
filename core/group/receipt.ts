/**
 * The receipt of a leased message, as consumers are given it and send it back. It has the fencing number of its lease: each
 * lease of a group has a higher one than those before, so that a receipt of a lease that has ended is known as such.
 */

export interface Receipt {
  readonly fence: number;
  /** Of the message in its feed. */
  readonly position: number;
}

const FORMAT = /^([1-9]\d{0,14})-([1-9]\d{0,14})$/;

export function formatReceipt({ fence, position }: Receipt): string {
  return `${fence}-${position}`;
}

/** Undefined for a text that is no receipt. */
export function parseReceipt(text: string): Receipt | undefined {
  const [, fence, position] = FORMAT.exec(text) ?? [];
  return fence === undefined ? undefined : { fence: Number(fence), position: Number(position) };
}

/**
 * What became of a receipt. `acknowledged`, `returned`, `parked`, `skipped`, `extended`: as asked for. `repeated`: it was
 * acknowledged before. `early`: an earlier message of its stream is not acknowledged yet. `ended`: its lease has ended, and
 * the message is, or will be, another consumer's. `foreign`: the lease is another principal's. `unknown`: no receipt of the
 * group. All but the first five change nothing.
 */
export const receiptResults = [
  ...(['acknowledged', 'returned', 'parked', 'skipped', 'extended'] as const),
  ...(['repeated', 'early', 'ended', 'foreign', 'unknown'] as const),
] as const;

export type ReceiptResult = (typeof receiptResults)[number];
