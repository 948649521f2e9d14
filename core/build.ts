import type { Parking, TenantRowChange } from './advance.ts';
import { type App, recordedEvent } from './app.ts';
import type { StoredEvent } from './event.ts';
import { generationKey } from './generation.ts';
import type { Projection } from './projection.ts';
import { parseStreamName } from './stream.ts';

/** An event with its place in the journal. */
export type JournalEvent = StoredEvent & { readonly position: number };

/** What a generation makes of a page of the journal. */
export interface PagePlan {
  readonly changes: readonly TenantRowChange[];
  /** The position up to which the plan goes: before the event that fails, if one does. */
  readonly next: number;
  readonly failure?: Parking & { readonly event: JournalEvent };
}

/** An event that a build leaves out: it was discarded, or its stream is held back before it. */
export type LeftOut = (event: JournalEvent) => boolean;

/** Plans the events in the journal's order, which is each stream's own. `cursor` is where the page begins. */
export function planPage(
  app: App,
  definition: Projection,
  cursor: number,
  page: readonly JournalEvent[],
  leftOut: LeftOut,
): PagePlan {
  const changes: TenantRowChange[] = [];
  for (const event of page) {
    if (leftOut(event) || !concerns(definition, event)) continue;
    try {
      const { tenant } = event;
      for (const change of definition.handle(recordedEvent(app, event))) {
        changes.push({ tenant, change });
      }
    } catch (error) {
      const failure = { generation: generationKey(definition), event, error };
      return { changes, next: event.position - 1, failure };
    }
  }
  return { changes, next: page.at(-1)?.position ?? cursor };
}

function concerns({ sources }: Projection, { stream }: StoredEvent): boolean {
  return sources.includes(parseStreamName(stream)?.aggregate ?? '');
}
