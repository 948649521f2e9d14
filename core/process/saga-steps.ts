/** `defineSteps`: a saga made of consecutive steps with compensations. It is a `defineSaga` over the step machine. */

import type { Aggregate } from '../aggregate/aggregate.ts';
import type { RecordedEvent } from '../aggregate/event.ts';
import { deepFrozen } from '../values/frozen.ts';
import { proceed } from './effect.ts';
import { handlersOf, mappedByEvent, mergedByEvent } from './per-source.ts';
import type { Reaction } from './reactor.ts';
import { defineSaga, type PerRoutedEvent, type Saga, type SagaRoutes } from './saga.ts';
import { checkSteps, resultsByEvent, type SagaStep } from './saga-step.ts';
import type { SentCommands } from './sent-commands.ts';
import { StepMachine, type StepProgress } from './step-machine.ts';

/**
 * Defines a saga as steps that run one after another. When a step fails, the commands that were accepted are
 * compensated: the steps in reverse order, the commands of each in parallel. A rejection fails the step. A command that
 * cannot be delivered (invalid, unknown, too large, or its target's code throws) does not: the step stays open until an
 * operator retries, skips or resolves that command.
 *
 * @example defineSteps({
 *   name: 'transfer',
 *   version: 1,
 *   from: [transfer],
 *   correlate: { transfer: { Requested: ({ aggregateId }) => aggregateId } },
 *   startedBy: { transfer: { Requested: ({ data }) => data } },
 *   steps: [
 *     { name: 'take', commands: ({ from, cents }) => [
 *       action(command(account, from, 'Withdraw', { cents }), { compensation: command(account, from, 'Deposit', { cents }) }),
 *     ] },
 *     { name: 'give', commands: ({ to, cents }) => [action(command(account, to, 'Deposit', { cents }))] },
 *   ],
 * })
 */
export function defineSteps<
  const Name extends string,
  const Sources extends readonly Aggregate[],
  Data,
  Correlate extends SagaRoutes<Sources>,
>(definition: {
  readonly name: Name;
  readonly version: number;
  readonly previous?: Saga;
  readonly from: Sources;
  readonly correlate: Correlate;
  /** Returns the data that the steps are made with, or undefined when the event starts no saga. */
  readonly startedBy: PerRoutedEvent<Sources, Correlate, [], Data | undefined>;
  readonly steps: readonly SagaStep<NoInfer<Data>, NoInfer<Correlate>>[];
  /** Events that cancel the saga while it can still compensate; each handler returns the reason. */
  readonly cancelledBy?: PerRoutedEvent<Sources, Correlate, [], string>;
  /** Commands that are sent once everything is compensated. */
  readonly afterCompensation?: (data: NoInfer<Data>, reason: string) => readonly Reaction[];
  /** The commands that it may send, compensations among them, by aggregate, for the catalog. A handler that returns another one throws. */
  readonly sends?: SentCommands;
}): Saga<Name> {
  const { name, version, previous, from, correlate, startedBy, cancelledBy } = definition;
  checkSteps(definition.steps);
  const machine = new StepMachine(definition.steps, definition.afterCompensation ?? (() => []));
  const results = mappedByEvent(resultsByEvent(definition.steps), ({ step, result }) => {
    return (_event: RecordedEvent, progress: StepProgress<Data>) =>
      machine.record(progress, step, result);
  });
  const cancellations = mappedByEvent(handlersOf(cancelledBy ?? {}), (reasonOf) => {
    return (event: RecordedEvent, progress: StepProgress<Data>) =>
      machine.stop(progress, String(reasonOf(event))) ?? proceed(progress);
  });
  return defineSaga<Name, Sources, StepProgress<Data>, string, Correlate>({
    name,
    version,
    ...(previous && { previous }),
    ...(definition.sends && { sends: definition.sends }),
    from,
    correlate,
    initialState: () => machine.notStarted(),
    // The parameter types above have checked each handler; here they are only wrapped.
    startedBy: mappedByEvent(
      handlersOf(startedBy),
      (start) => (event: RecordedEvent, progress: StepProgress<Data>) => {
        const data = start(event) as Data | undefined;
        return data === undefined
          ? undefined
          : machine.begin({ ...progress, data: deepFrozen(data) }, 0);
      },
    ) as never,
    on: mergedByEvent(results, cancellations) as never,
    timeouts: Object.fromEntries(
      definition.steps.map((step) => [
        step.name,
        (progress: StepProgress<Data>) => machine.timeOut(progress, step.name),
      ]),
    ),
    settled: (settled, progress) => machine.settle(progress, settled),
    cancelled: (reason, progress) => machine.stop(progress, reason),
  });
}
