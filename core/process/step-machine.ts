/**
 * The transitions of a saga of steps, as pure functions of its progress: forward, step by step; after a failure back,
 * with the compensations of what was accepted, unless the pivot is done.
 */

import {
  emptyMap,
  hasEntry,
  keysOf,
  mapOf,
  type PersistentMap,
  withEntry,
} from '../values/persistent-map.ts';
import {
  cancelTimeout,
  compensate,
  compensated,
  complete,
  type Effect,
  type EffectOutcome,
  needAttention,
  proceed,
  resume,
  type SagaReaction,
  type SagaRetryPolicy,
  send,
  startTimeout,
} from './effect.ts';
import type { Reaction } from './reactor.ts';
import type { SagaStep, StepOutline, StepResult } from './saga-step.ts';

/** The state of a saga of steps. Its size does not grow with a step's commands, because every event stores it. */
export interface StepProgress<Data> {
  readonly data: Data;
  /** The index of the current step. */
  readonly step: number;
  readonly direction: 'forward' | 'stopping' | 'back' | 'compensated';
  readonly reason: string | null;
  /** How many commands have no definite outcome. */
  readonly inFlight: number;
  /** Commands that were not executed and need no compensation. A list in sagas that older code started. */
  readonly notExecuted: PersistentMap<true> | readonly string[];
  /** The steps that events have ended, with the result. */
  readonly results: Readonly<Record<string, StepResult>>;
}

/** For compensations and for steps after the pivot: retried after 1, 2, 4 … seconds, then left to an operator. */
const PERSISTENT: SagaRetryPolicy = { attempts: 6, afterMs: 1_000 };

export class StepMachine<Data> {
  readonly #steps: readonly SagaStep<Data>[];
  readonly #afterCompensation: (data: Data, reason: string) => readonly Reaction[];
  readonly #pivot: number;

  constructor(
    steps: readonly (Pick<SagaStep<Data>, 'name' | 'commands'> & StepOutline)[],
    afterCompensation: (data: Data, reason: string) => readonly Reaction[],
  ) {
    // The events that end a step are routed by `defineSteps`; the machine does not read them.
    this.#steps = steps as readonly SagaStep<Data>[];
    this.#afterCompensation = afterCompensation;
    const pivot = steps.findIndex(({ isPivot }) => isPivot === true);
    this.#pivot = pivot < 0 ? steps.length : pivot;
  }

  /** The data are set by the event that starts the saga; nothing reads them before. */
  notStarted(): StepProgress<Data> {
    const nothing = { inFlight: 0, notExecuted: emptyMap<true>(), results: {} };
    return { data: undefined as Data, step: 0, direction: 'forward', reason: null, ...nothing };
  }

  begin(progress: StepProgress<Data>, index: number): SagaReaction<StepProgress<Data>, Effect> {
    const step = this.#steps[index];
    if (!step) return proceed(progress, complete());
    const retry = step.retry ?? (index > this.#pivot ? PERSISTENT : undefined);
    const sends = step
      .commands(progress.data)
      .map(({ action: command }, position) => send(effectId(step, position), command, retry));
    const timeout = step.timeoutMs === undefined ? [] : [startTimeout(step.name, step.timeoutMs)];
    const begun = { ...progress, step: index, inFlight: sends.length };
    return after([...sends, ...timeout], this.#continue(begun));
  }

  settle(progress: StepProgress<Data>, { effect, outcome, reason }: EffectOutcome) {
    const isForward = progress.direction === 'forward' || progress.direction === 'stopping';
    if (outcome === 'rejected' && (!isForward || progress.step > this.#pivot)) {
      return proceed(progress, needAttention(effect, reason ?? outcome));
    }
    const wasExecuted = outcome === 'accepted' || outcome === 'resolved';
    const { notExecuted: before } = progress;
    const notExecuted = isForward && !wasExecuted ? withEntry(asMap(before), effect, true) : before;
    const settled = { ...progress, inFlight: progress.inFlight - 1, notExecuted };
    const stopped = outcome === 'rejected' && this.stop(settled, reason ?? outcome);
    return stopped || this.#continue(settled);
  }

  record(progress: StepProgress<Data>, name: string, result: StepResult) {
    if (Object.hasOwn(progress.results, name)) return proceed(progress);
    return this.#continue({ ...progress, results: { ...progress.results, [name]: result } });
  }

  /** A step's timeout is cancelled when the step ends, so a timeout that fires is the current step's. */
  timeOut(progress: StepProgress<Data>, name: string) {
    return this.stop(progress, `timeout of ${name}`) ?? proceed(progress);
  }

  /** Undefined when the saga can no longer be stopped. */
  stop(
    progress: StepProgress<Data>,
    reason: string,
  ): SagaReaction<StepProgress<Data>, Effect> | undefined {
    if (progress.direction !== 'forward' || progress.step > this.#pivot) return undefined;
    const stopping = { ...progress, direction: 'stopping', reason } as const;
    return after([...this.#endTimeout(progress), compensate(reason)], this.#continue(stopping));
  }

  /** Waits while commands are in flight; then takes the next transition. */
  #continue(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    if (progress.inFlight > 0) return proceed(progress);
    switch (progress.direction) {
      case 'forward':
        return this.#forward(progress);
      case 'stopping':
        return this.#stopOrResume(progress);
      case 'back':
        return this.#compensate(progress, progress.step - 1);
      case 'compensated':
        return proceed(progress, compensated(progress.reason ?? ''));
    }
  }

  #forward(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    const { name, endsOn } = this.#current(progress);
    const result = progress.results[name];
    if (endsOn && result === undefined) return proceed(progress);
    if (result === 'failed') return this.stop(progress, `failure of ${name}`) ?? proceed(progress);
    return after(this.#endTimeout(progress), this.begin(progress, progress.step + 1));
  }

  /** The commands in flight have settled: compensates, or resumes when the pivot was done after all. */
  #stopOrResume(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    const { name, isPivot } = this.#current(progress);
    const refused = keysOf(asMap(progress.notExecuted));
    const isDone = isPivot && !refused.some((id) => id.startsWith(`${name}/`));
    if (!isDone) return this.#compensate(progress, progress.step);
    const onwards = { ...progress, direction: 'forward', reason: null } as const;
    return after([resume()], this.begin(onwards, progress.step + 1));
  }

  #compensate(
    progress: StepProgress<Data>,
    index: number,
  ): SagaReaction<StepProgress<Data>, Effect> {
    const step = this.#steps[index];
    if (!step) return this.#finish(progress);
    const refused = asMap(progress.notExecuted);
    const sends = step.commands(progress.data).flatMap(({ compensation }, position) => {
      const id = effectId(step, position);
      return compensation && !hasEntry(refused, id)
        ? [send(`${id}/undo`, compensation, PERSISTENT)]
        : [];
    });
    const compensating = {
      ...progress,
      direction: 'back',
      step: index,
      inFlight: sends.length,
    } as const;
    return after(sends, this.#continue(compensating));
  }

  #finish(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    const sends = this.#afterCompensation(progress.data, progress.reason ?? '').map(
      (reaction, position) => send(`afterwards/${position}`, reaction, PERSISTENT),
    );
    return after(
      sends,
      this.#continue({ ...progress, direction: 'compensated', inFlight: sends.length }),
    );
  }

  #current({ step }: StepProgress<Data>): SagaStep<Data> {
    // The index is always that of a step: after the last one the saga has ended.
    return this.#steps[step] as SagaStep<Data>;
  }

  #endTimeout(progress: StepProgress<Data>): readonly Effect[] {
    const { name, timeoutMs } = this.#current(progress);
    return timeoutMs === undefined ? [] : [cancelTimeout(name)];
  }
}

function asMap(refused: StepProgress<never>['notExecuted']): PersistentMap<true> {
  return 'size' in refused ? refused : mapOf(refused.map((id) => [id, true]));
}

function after<State>(
  effects: readonly Effect[],
  { state, effects: more }: SagaReaction<State>,
): SagaReaction<State> {
  return { state, effects: [...effects, ...more] };
}

function effectId({ name }: Pick<SagaStep<never>, 'name'>, position: number): string {
  return `${name}/${position}`;
}
