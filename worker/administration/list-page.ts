/** A page of a stream that is a list, the newest event first. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';

export interface ListPageInput {
  readonly limit: number;
  readonly cursor?: string;
}

export interface ListPage {
  readonly events: readonly StoredEvent[];
  readonly cursor: string | undefined;
}

/** `name`: of the list that its cursors are of. */
export async function listPage(
  env: LedgeEnv,
  address: StreamAddress,
  name: readonly string[],
  { limit, cursor }: ListPageInput,
): Promise<ListPage | Failure> {
  const after = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(name, cursor)?.[0];
  if (typeof after !== 'number') return invalid('cursor', 'This is no cursor.');
  const object = aggregateStub(env, address);
  const page = await object.eventPage({ after, limit, direction: 'backwards' });
  const last = page.more ? page.events.at(-1) : undefined;
  return { events: page.events, cursor: last && encodeCursor(name, [last.version]) };
}
