/**
 * Plans a page of the journal for one subscriber that has left the shared checkpoint: a build, a verification, or a
 * reactor or publication that catches up.
 */

import type { StoredEvent } from '../aggregate/event.ts';
import { aggregateOf } from '../aggregate/stream.ts';
import type { App } from '../app.ts';
import type { PublishedEvent } from '../publication/publication.ts';
import { handleEvent, readStored } from './handle-event.ts';
import type { TenantRowChange } from './plan-batch.ts';
import type { ParkedEvent, ReactorCall } from './plan-stream.ts';
import { concerns, keyOf, type Subscriber } from './projection-version.ts';

/** An event with its position in the journal. */
export type JournalEvent = StoredEvent & { readonly position: number };

/** The result of a page of the journal for one generation. */
export interface PagePlan {
  readonly changes: readonly TenantRowChange[];
  /** The events of a publication that catches up, in order. */
  readonly published: readonly PublishedEvent[];
  /** The commands of a reactor that catches up, in order. */
  readonly calls: readonly (ReactorCall & { readonly event: JournalEvent })[];
  /** The position up to which the plan goes: the one before the event that fails, if one does. */
  readonly next: number;
  readonly failure?: ParkedEvent & { readonly event: JournalEvent };
}

/** Whether a build skips an event: it was discarded, or a parked event holds back its stream before it. */
export type LeftOut = (event: JournalEvent) => boolean;

/**
 * Plans the events in the journal's order, which contains each stream's order. The page begins after `cursor`; dead
 * letters get the key `generation`.
 */
export function planPage(
  app: App,
  definition: Subscriber,
  cursor: number,
  page: readonly JournalEvent[],
  leftOut: LeftOut,
  generation: string = keyOf(definition),
): PagePlan {
  const changes: TenantRowChange[] = [];
  const published: PublishedEvent[] = [];
  const calls: PagePlan['calls'][number][] = [];
  for (const event of page) {
    if (leftOut(event) || !concerns(definition, aggregateOf(event.stream))) continue;
    const result = handleEvent(definition, readStored(app, event));
    if ('error' in result) {
      const failure = { generation, event, error: result.error };
      return { changes, published, calls, next: event.position - 1, failure };
    }
    const { reactions } = result;
    changes.push(...result.changes.map((change) => ({ tenant: event.tenant, change })));
    published.push(...result.published);
    if (reactions.length > 0) calls.push({ generation, event, reactions });
  }
  return { changes, published, calls, next: page.at(-1)?.position ?? cursor };
}
