/** The events of a saga's stream, the newest first: what it received, what became of its commands, who operated it. */
import type { WholeSaga } from '../../../../core/operator-shapes/saga.ts';
import { Badge } from '../../parts/badge.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { StreamLink } from '../../parts/stream-link.tsx';
import { moment } from '../../parts/words.ts';
import { dataOf, type EntryData } from './saga-steps.ts';

type Timeline = WholeSaga['timeline'];

export function SagaHistory({ timeline }: { readonly timeline: Timeline }) {
  return (
    <>
      <ol className="history" aria-label="Events of the saga" reversed>
        {timeline.toReversed().map((entry) => {
          const { version, type, at, data } = entry;
          const read = dataOf(entry);
          return (
            <li
              key={version}
              value={version}
              data-compensation={read.transition?.phase === 'compensating'}
            >
              <p>
                <span className="quiet">{moment(at)}</span> <Happened type={type} data={read} />{' '}
                {read.transition && <Badge state={read.transition.status} />}
              </p>
              <details>
                <summary>
                  Event<span className="unseen"> {version}</span>
                </summary>
                <JsonView label={`Event ${version}`} value={data} />
              </details>
            </li>
          );
        })}
      </ol>
      {(timeline[0]?.version ?? 1) > 1 && <p className="quiet">Older events are in its stream.</p>}
    </>
  );
}

function Happened({ type, data }: { readonly type: string; readonly data: EntryData }) {
  const { source = '', version, effect, outcome, reason, name, operation, actor, attempt } = data;
  switch (type) {
    case 'EventReceived':
    case 'EventKept':
    case 'StartIgnored':
      return (
        <>
          {received[type]} {data.type} of <StreamLink stream={source} />
          <span className="quiet">@{version}</span>
        </>
      );
    case 'EffectSettled':
      return (
        <>
          {effect}, attempt {attempt}: {outcome} <bdi>{reason}</bdi>
        </>
      );
    case 'EffectRetried':
      return <>{effect} is sent again</>;
    case 'TimeoutPassed':
      return <>The deadline {name} has passed</>;
    case 'Operated':
      return (
        <>
          {operation} {effect} by <bdi>{actor}</bdi>: <bdi>{reason}</bdi>
        </>
      );
    default:
      return <>{type}</>;
  }
}

const received = {
  EventReceived: 'Received',
  EventKept: 'Kept until its start:',
  StartIgnored: 'Ignored after its end:',
} as const;
