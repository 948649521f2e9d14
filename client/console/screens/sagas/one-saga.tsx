/** One saga: what it waits for, its commands, its state, and the events that led there. */
import { Link } from 'wouter';
import type { WholeSaga } from '../../../../core/operator-shapes/saga.ts';
import { Action } from '../../parts/action.tsx';
import { Badge } from '../../parts/badge.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { StreamLink } from '../../parts/stream-link.tsx';
import { useApi } from '../../parts/use-api.ts';
import { counted } from '../../parts/words.ts';
import { SagaHistory } from './saga-history.tsx';
import { SagaStepList } from './saga-step-list.tsx';
import { stepsOf } from './saga-steps.ts';
import { Timeouts } from './timeouts.tsx';

interface Properties {
  readonly saga: string;
  readonly id: string;
}

export function OneSaga({ saga, id }: Properties) {
  const whole = useApi<WholeSaga>(
    `/v1/sagas/${encodeURIComponent(saga)}/${encodeURIComponent(id)}`,
  );
  return (
    <>
      <p className="quiet">
        <Link href="/sagas">Sagas</Link>
      </p>
      <h1>
        <bdi>{`${saga}/${id}`}</bdi>
      </h1>
      <Loaded of={whole}>{(found) => <Whole {...found} />}</Loaded>
    </>
  );
}

function Whole(whole: WholeSaga) {
  const { saga, id, stream, status, reason, ended, definition, startsAfterEnd, timeline } = whole;
  return (
    <>
      <section aria-labelledby="status">
        <h2 id="status">Status</h2>
        <p>
          <Badge state={status} /> {reason !== null && <bdi>{reason}</bdi>}
        </p>
        <Timeouts timeouts={whole.timeouts} />
        {startsAfterEnd > 0 && (
          <p>{counted(startsAfterEnd, 'event')} would have started it after its end.</p>
        )}
        <p className="quiet">
          Version {definition} of its definition, stream <StreamLink stream={stream} />
        </p>
        {!ended && (
          <Action<WholeSaga>
            label="Cancel saga"
            effect="Takes back what was done, as far as the saga has a way back."
            grant="operate sagas"
            path={`/v1/sagas/${saga}/${id}/cancel`}
            hasReason
            cli={['sagas', 'cancel', saga, id]}
            done={({ status: now }) => `The saga is now ${now}.`}
          />
        )}
      </section>
      <section aria-labelledby="commands">
        <h2 id="commands">Commands</h2>
        <SagaStepList saga={saga} id={id} steps={stepsOf(timeline)} open={whole.open} />
      </section>
      <section aria-labelledby="state">
        <h2 id="state">State</h2>
        <JsonView label="State of the saga" value={whole.state} />
      </section>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        <SagaHistory timeline={timeline} />
      </section>
    </>
  );
}
