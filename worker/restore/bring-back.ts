/**
 * Brings streams up to their objects' heads after a restore of D1: the objects are authoritative and were not restored.
 */

import { aggregateOf } from '../../core/aggregate/stream.ts';
import { findStored } from '../../core/app.ts';
import { streamKey } from '../projections/positions.ts';
import { requireAvailable } from '../projections/projection-round.ts';
import { type AdvanceResult, runProjections } from '../projections/run-projections.ts';
import type { Projector } from '../projector/projector.ts';

interface StreamId {
  readonly tenant: string;
  readonly stream: string;
}

export interface BroughtStream extends StreamId {
  /** The object's newest version; null if it did not answer, or the code does not define its aggregate. */
  readonly head: number | null;
  readonly version: number;
  /** The reason why the stream is not further; `closed`, `raced` and `more` pass by themselves. */
  readonly because?: AdvanceResult['reason'];
}

export async function bringBack(
  projector: Projector,
  streams: readonly StreamId[],
): Promise<BroughtStream[]> {
  const heads = await Promise.all(streams.map((stream) => headOf(projector, stream)));
  const wanted = streams.map((stream, index) => ({
    ...stream,
    version: heads[index] ?? 0,
    events: [],
  }));
  // Rows have been reverted since the Live objects were notified.
  const reached = await runProjections(projector, wanted, { notify: 'all' });
  requireAvailable(reached);
  return streams.map((stream, index) => {
    const { version = 0, reason } = reached.get(streamKey(stream)) ?? {};
    return { ...stream, head: heads[index] ?? null, version, ...(reason && { because: reason }) };
  });
}

async function headOf(
  projector: Projector,
  { tenant, stream }: StreamId,
): Promise<number | undefined> {
  // The object of an undefined aggregate cannot be read.
  if (!findStored(projector.app, aggregateOf(stream) ?? '')) return undefined;
  try {
    return await projector.readHead(tenant, stream);
  } catch (error) {
    projector.log('warn', { operation: 'restore', tenant, stream, error });
    return undefined;
  }
}
