/** One event: its data and its metadata. */
import type { StoredEvent } from '../../../../core/aggregate/event.ts';
import { JsonView } from '../../parts/json-view.tsx';
import { moment } from '../../parts/words.ts';

export function EventDetails({ event }: { readonly event: StoredEvent }) {
  const { type, version, schemaVersion, data, recordedAt, occurredAt, metadata, id } = event;
  return (
    <>
      <h2>
        Event {version}: {type}
      </h2>
      <p className="quiet">
        Recorded {moment(recordedAt)}, occurred {moment(occurredAt)}. In schema version{' '}
        {schemaVersion}, the newest.
      </p>
      <JsonView label="Data" value={data} />
      <h3>Metadata</h3>
      <JsonView label="Metadata" value={{ id, ...metadata }} />
    </>
  );
}
