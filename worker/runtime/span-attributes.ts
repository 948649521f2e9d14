/** What is written of a span's attributes: nothing that a caller chose, as in the lines of the log. */
import type { SpanAttributes } from '../../core/operations/span.ts';
import { shortHash, streamWithoutId } from './written-line.ts';

/** Ours: a batch of the queue may hold a hundred. */
const CORRELATIONS_MAX = 20;

export type WrittenAttributes = Readonly<Record<string, string | number>>;

export function writtenAttributes(attributes: SpanAttributes): WrittenAttributes {
  const { stream, correlations = [], ...plain } = attributes;
  const distinct = [...new Set(correlations)].filter((one) => one !== undefined);
  const hashes = distinct.slice(0, CORRELATIONS_MAX).map(shortHash);
  const written = {
    ...plain,
    ...(stream !== undefined && { stream: streamWithoutId(stream) }),
    ...(hashes.length > 0 && { correlation: hashes.join(' ') }),
  };
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => [`ledge.${name}`, value]),
  );
}
