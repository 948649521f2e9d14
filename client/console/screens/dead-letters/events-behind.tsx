/** The events of the stream that wait behind a dead letter. */
import { Loaded } from '../../parts/loaded.tsx';
import { StreamLink } from '../../parts/stream-link.tsx';
import { useApi } from '../../parts/use-api.ts';
import { counted, moment } from '../../parts/words.ts';

const SHOWN_MAX = 20;

interface Behind {
  readonly events: readonly {
    readonly version: number;
    readonly type: string;
    readonly recordedAt: string;
  }[];
}

interface Properties {
  readonly stream: string;
  readonly version: number;
}

export function EventsBehind({ stream, version }: Properties) {
  const behind = useApi<Behind>(`/v1/streams/${stream}?after=${version}&limit=${SHOWN_MAX + 1}`);
  return (
    <section aria-labelledby="behind">
      <h2 id="behind">What waits behind it</h2>
      <Loaded of={behind}>
        {({ events }) => (
          <>
            <p>
              {events.length > SHOWN_MAX
                ? `More than ${SHOWN_MAX} events`
                : counted(events.length, 'event')}{' '}
              of <StreamLink stream={stream} />
            </p>
            <ul>
              {events.slice(0, SHOWN_MAX).map((event) => (
                <li key={event.version}>
                  {event.version}: {event.type}{' '}
                  <span className="quiet">{moment(event.recordedAt)}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}
