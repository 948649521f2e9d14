/** The documentation's import of carts from KurrentDB: what its client for Node reads, as events for an import. */
// #region kurrentdb
import type { ImportEvent } from 'ledge/import';

/** What is used of an event of `@kurrent/kurrentdb-client`. */
interface KurrentEvent {
  readonly streamId: string;
  readonly id: string;
  readonly type: string;
  readonly created: Date;
  readonly data: unknown;
}

export async function* cartEvents(
  read: AsyncIterable<{ readonly event?: KurrentEvent }>,
): AsyncGenerator<ImportEvent> {
  const versions = new Map<string, number>();
  for await (const { event } of read) {
    if (!event?.streamId.startsWith('cart-')) continue;
    const { streamId, id: sourceId, type, created, data } = event;
    const version = (versions.get(streamId) ?? 0) + 1;
    versions.set(streamId, version);
    const aggregateId = streamId.slice('cart-'.length);
    const occurredAt = created.toISOString();
    yield { aggregate: 'cart', aggregateId, version, type, data, occurredAt, sourceId };
  }
}
// #endregion
