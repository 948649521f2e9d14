/** The commands of a saga in the order in which it sent them, with what an operator can do about the open ones. */
import type { WholeSaga } from '../../../../core/operator-shapes/saga.ts';
import { Action } from '../../parts/action.tsx';
import { Badge } from '../../parts/badge.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { StreamLink } from '../../parts/stream-link.tsx';
import { moment } from '../../parts/words.ts';
import type { ShownStep } from './saga-steps.ts';
import { Remaining } from './timeouts.tsx';

type OpenEffect = WholeSaga['open'][number];

interface Address {
  readonly saga: string;
  readonly id: string;
}

interface Properties extends Address {
  readonly steps: readonly ShownStep[];
  readonly open: WholeSaga['open'];
}

export function SagaStepList({ steps, open, ...address }: Properties) {
  if (steps.length === 0) return <p>It has sent none yet.</p>;
  return (
    <ol className="steps" aria-label="Commands of the saga">
      {steps.map((step) => (
        <Step
          key={step.effect}
          step={step}
          open={open.find(({ effect }) => effect === step.effect)}
          {...address}
        />
      ))}
    </ol>
  );
}

interface StepProperties extends Address {
  readonly step: ShownStep;
  /** Undefined: the saga waits for nothing of it. */
  readonly open: OpenEffect | undefined;
}

function Step({ step, open, ...address }: StepProperties) {
  const { effect, command, sentAt, attempts, isCompensation, attention, retryAt } = step;
  const isStuck = open?.awaits === 'attention';
  return (
    <li data-compensation={isCompensation} data-waits={open?.awaits}>
      <p>
        <strong>{command.command}</strong> to{' '}
        <StreamLink stream={`${command.aggregate}/${command.id}`} />{' '}
        <span className="quiet">
          <bdi>{effect}</bdi>, {moment(sentAt)}
        </span>{' '}
        {isCompensation && <Badge state="compensation" />} <State step={step} open={open} />
      </p>
      {hasStory(attempts) && (
        <ul className="attempts">
          {attempts.map(({ attempt, outcome, reason, at }) => (
            <li key={`${attempt} ${at}`}>
              Attempt {attempt}: {outcome} <span className="quiet">{moment(at)}</span>
              {reason !== null && (
                <>
                  {' '}
                  <bdi>{reason}</bdi>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {open && retryAt !== undefined && (
        <p>
          Sent again <Remaining at={retryAt} />
        </p>
      )}
      {isStuck && (
        <>
          <p>
            Needs an operator: <bdi>{open.reason ?? attention}</bdi>
          </p>
          <p className="step-actions">
            {operations.map((one) => (
              <OnEffect key={one.operation} {...address} {...one} effect={effect} />
            ))}
          </p>
        </>
      )}
      <details>
        <summary>
          Data<span className="unseen"> of {effect}</span>
        </summary>
        <JsonView label={`Data of ${effect}`} value={command.data} />
      </details>
    </li>
  );
}

/** One attempt that was accepted is what the badge says. */
function hasStory(attempts: ShownStep['attempts']): boolean {
  return attempts.length > 1 || attempts.some(({ reason }) => reason !== null);
}

const waiting = {
  outcome: 'in flight',
  retry: 'waits for its next attempt',
  attention: 'attention',
} as const;

function State({ step: { attempts }, open }: Pick<StepProperties, 'step' | 'open'>) {
  if (open) return <Badge state={waiting[open.awaits]} />;
  return <Badge state={attempts.at(-1)?.outcome ?? 'dropped'} />;
}

const operations = [
  {
    operation: 'retry',
    label: 'Retry',
    says: 'Sends it once more, at once. A command without a recorded outcome keeps its key, so that it is not executed twice.',
  },
  {
    operation: 'skip',
    label: 'Skip',
    says: 'The saga goes on as if the command had never been wanted: nothing of it is taken back later.',
  },
  {
    operation: 'resolve',
    label: 'Resolve',
    says: 'The saga goes on as if the command had been accepted: for what was put right by hand.',
  },
] as const;

interface OperationProperties extends Address {
  readonly effect: string;
  readonly operation: string;
  readonly label: string;
  readonly says: string;
}

function OnEffect({ saga, id, effect, operation, label, says }: OperationProperties) {
  return (
    <Action<WholeSaga>
      label={label}
      subject={effect}
      effect={says}
      grant="operate sagas"
      path={`/v1/sagas/${saga}/${id}/${operation}`}
      body={{ effect }}
      hasReason
      cli={['sagas', operation, saga, id, effect]}
      done={({ status }) => `The saga is now ${status}.`}
    />
  );
}
