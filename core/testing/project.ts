/** The test kit of projections: events in, the rows of the read model out, without a database. */

import type { Aggregate } from '../aggregate/aggregate.ts';
import { readEvent, type StoredEvent } from '../aggregate/event.ts';
import { streamName } from '../aggregate/stream.ts';
import { type MemoryRow, MemoryRows } from '../projection/memory-rows.ts';
import type { Projection } from '../projection/projection.ts';
import type { Row, TableDefinition } from '../projection/table.ts';
import type { Unsealed } from '../sealed/sealed.ts';
import { type PastEvent, storedAs, TEST_MOMENT } from './past-event.ts';
import { openedForTests } from './sealed-for-tests.ts';

/** An event to project, with its aggregate and id. */
export type ProjectedEvent<Source extends Aggregate> = PastEvent<Source> & {
  readonly aggregate: Source;
  readonly id: string;
  readonly occurredAt?: string;
};

/** A projection's rows by table. */
export type RowsOf<Read extends Projection> = Read extends {
  readonly types?: {
    readonly tables: infer Tables extends Readonly<Record<string, TableDefinition>>;
  };
}
  ? {
      [Name in keyof Tables]: Tables[Name] extends TableDefinition<infer Cols>
        ? Unsealed<Row<Cols>>[]
        : never;
    }
  : Record<string, MemoryRow[]>;

/**
 * Projects events in memory and returns the rows of every table in the order of their keys. As strict as the database:
 * inserting an existing row throws, as does a missing column that cannot be null, or a mutation of the event, which is
 * frozen.
 *
 * @example const { balances } = project(accounts, [
 *   { aggregate: account, id: 'a-1', type: 'Deposited', data: { cents: 500 } },
 * ]);
 * assert.deepEqual(balances, [{ account: 'a-1', cents: 500 }]);
 */
export function project<Read extends Projection, const Sources extends readonly Aggregate[]>(
  projection: Read,
  events: { readonly [Index in keyof Sources]: ProjectedEvent<Sources[Index]> },
): RowsOf<Read>;
export function project(
  projection: Projection,
  events: readonly ProjectedEvent<Aggregate>[],
): Record<string, MemoryRow[]> {
  const rows = new MemoryRows();
  const heads = new Map<string, number>();
  for (const event of events) {
    const stream = streamName({ aggregate: event.aggregate.name, id: event.id });
    const version = (heads.get(stream) ?? 0) + 1;
    heads.set(stream, version);
    rows.apply(
      projection.handle(readEvent(event.aggregate.events, recorded(event, stream, version))),
    );
  }
  return openedForTests(
    Object.fromEntries(projection.tables.map((table) => [table.name, rows.of(table)])),
  );
}

function recorded(event: ProjectedEvent<Aggregate>, stream: string, version: number): StoredEvent {
  const { aggregate, occurredAt = TEST_MOMENT } = event;
  const id = `${stream}@${version}`;
  return {
    ...storedAs(aggregate, event),
    id,
    tenant: 'main',
    stream,
    version,
    recordedAt: TEST_MOMENT,
    occurredAt,
    metadata: { actor: 'tester', commandId: id, causationId: id, correlationId: id },
  };
}
