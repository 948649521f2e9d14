/** What a command did, or would do: outcome, events, and what they change in the state. */
import type { DecidedEvent } from '../../../../core/aggregate/aggregate.ts';
import type { AcceptedOutcome } from '../../../../core/aggregate/outcome.ts';
import type { SimulatedStep } from '../../../../core/aggregate/simulate.ts';
import { JsonView } from '../../parts/json-view.tsx';
import { useApi } from '../../parts/use-api.ts';
import { counted } from '../../parts/words.ts';

export type SentOutcome = AcceptedOutcome;

export interface Simulation {
  readonly stream: string;
  /** The version that the steps were played on. */
  readonly from: number;
  readonly steps: readonly SimulatedStep[];
}

interface Step {
  readonly outcome: string;
  readonly version: number;
  readonly events: readonly DecidedEvent[];
  readonly eventsOmitted?: number;
  readonly reason?: string;
  readonly details?: unknown;
  /** Left out: asked for by its version. */
  readonly state?: unknown;
}

interface OutcomeOf {
  readonly stream: string;
  readonly from: number;
  readonly step: Step | undefined;
}

export function simulationOutcome({ stream, from, steps }: Simulation): OutcomeOf {
  return { stream, from, step: steps[0] };
}

export function CommandOutcome({
  title,
  stream,
  from,
  step,
}: OutcomeOf & { readonly title: string }) {
  if (!step) return null;
  const { outcome, events, eventsOmitted = 0, reason, details } = step;
  const count = counted(events.length + eventsOmitted, 'event');
  return (
    <section className="outcome" aria-label={title}>
      <h2>{title}</h2>
      <p role="status">
        <strong>{outcome}</strong>
        {reason !== undefined && (
          <>
            : <bdi>{reason}</bdi>
          </>
        )}
        {reason === undefined && ` with ${count}`}
      </p>
      {details !== undefined && <JsonView label="Details" value={details} />}
      {events.map(({ type, data }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an event has no other name than its place
        <div key={index}>
          <h3>
            {from + index + 1} {type}
          </h3>
          <JsonView label={`Data of ${type}`} value={data} />
        </div>
      ))}
      {eventsOmitted > 0 && <p>{counted(eventsOmitted, 'event')} too large to be shown.</p>}
      <StateChange stream={stream} from={from} step={step} />
    </section>
  );
}

interface StateAt {
  readonly state: unknown;
}

function StateChange({ stream, from, step }: OutcomeOf & { readonly step: Step }) {
  const path = (version: number) => `/v1/aggregates/${stream}?version=${version}`;
  const before = useApi<StateAt>(from > 0 ? path(from) : undefined, { isFixed: true }).data;
  const isAsked = step.state === undefined && step.version > 0;
  const after = useApi<StateAt>(isAsked ? path(step.version) : undefined, { isFixed: true }).data;
  const state = step.state ?? after?.state;
  if (state === undefined || step.version === from) return null;
  return (
    <>
      <h3>
        State at version {step.version}
        {from > 0 && `, against version ${from}`}
      </h3>
      <JsonView label="State" value={state} {...(before && { before: { value: before.state } })} />
    </>
  );
}
