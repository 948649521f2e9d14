/** One dead letter: why, its event, what waits behind it, and what an operator can do. */
import { Link } from 'wouter';
import { parseStreamName } from '../../../../core/aggregate/stream.ts';
import type { DeadLetter, WholeDeadLetter } from '../../../../core/operator-shapes/dead-letter.ts';
import { Action } from '../../parts/action.tsx';
import { Badge } from '../../parts/badge.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { StreamLink } from '../../parts/stream-link.tsx';
import { useApi } from '../../parts/use-api.ts';
import { counted, moment } from '../../parts/words.ts';
import { EventsBehind } from './events-behind.tsx';

export function OneLetter({ id }: { readonly id: string }) {
  const letter = useApi<WholeDeadLetter>(`/v1/dead-letters/${encodeURIComponent(id)}`);
  return (
    <>
      <p className="quiet">
        <Link href="/dead-letters">Dead letters</Link>
      </p>
      <h1>
        <bdi>{id}</bdi>
      </h1>
      <Loaded of={letter}>{(found) => <Whole {...found} />}</Loaded>
    </>
  );
}

function Whole(letter: WholeDeadLetter) {
  const { generation, stream, version, type, status, stack, event, upcast, unreadable } = letter;
  return (
    <>
      <section aria-labelledby="status">
        <h2 id="status">Status</h2>
        <p>
          <Badge state={status} /> {type} of <StreamLink stream={stream} />
          <span className="quiet">@{version}</span>, held back from {generation || 'delivery'}
        </p>
        <p className="quiet">
          {counted(letter.attempts, 'attempt')}, parked {moment(letter.parkedAt)}
        </p>
        {letter.resolvedAt !== null && (
          <p>
            {status} {moment(letter.resolvedAt)} <bdi>{letter.actor}</bdi>{' '}
            <bdi>{letter.reason}</bdi>
          </p>
        )}
        {status === 'parked' && <Actions {...letter} />}
      </section>
      <section aria-labelledby="error">
        <h2 id="error">Error</h2>
        <p>
          <bdi>{letter.error}</bdi>
        </p>
        {stack !== '' && <Stack text={stack} />}
      </section>
      <section aria-labelledby="event">
        <h2 id="event">Event</h2>
        {unreadable !== undefined && (
          <p>
            The code cannot read it: <bdi>{unreadable}</bdi>
          </p>
        )}
        <JsonView label="As it is stored" value={event} />
        {upcast && (
          <>
            <h3>Its data in schema version {upcast.schemaVersion}</h3>
            <JsonView label="Its data, upcast" value={upcast.data} />
          </>
        )}
      </section>
      {status === 'parked' && parseStreamName(stream) && (
        <EventsBehind stream={stream} version={version} />
      )}
    </>
  );
}

function Actions({ id }: WholeDeadLetter) {
  const path = `/v1/dead-letters/${encodeURIComponent(id)}`;
  return (
    <p className="filters">
      <Action<DeadLetter>
        label="Redrive"
        effect="Tries the event again, and the events behind it in their order. If it fails again, it is parked again."
        grant="operate dead-letters"
        path={`${path}/redrive`}
        cli={['dead-letters', 'redrive', id]}
        done={({ status: now, error }) =>
          now === 'parked' ? `It is parked again: ${error}` : `It is ${now}.`
        }
      />
      <Action<DeadLetter>
        label="Discard"
        effect="Leaves the event out, for good: the rows never have it. Its stream goes on behind it."
        grant="operate dead-letters"
        path={`${path}/discard`}
        hasReason
        cli={['dead-letters', 'discard', id]}
        done={({ status: now }) => `It is ${now}.`}
      />
    </p>
  );
}

function Stack({ text }: { readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <pre className="stack" tabIndex={0}>
      {text}
    </pre>
  );
}
