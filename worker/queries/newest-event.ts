/** An event as clients receive it. */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type App, recordedEvent } from '../../core/app.ts';

/** As it was stored, with its data in the newest schema version. */
export function newestEvent(app: App, stored: StoredEvent): StoredEvent {
  const { schemaVersion, data } = recordedEvent(app, stored);
  return { ...stored, schemaVersion, data: data as StoredEvent['data'] };
}
