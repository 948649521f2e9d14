import type { Aggregate } from '../aggregate/aggregate.ts';
import type { RecordedEvent } from '../aggregate/event.ts';
import { deepFrozen } from '../values/frozen.ts';
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
import { defineSaga, type PerRoutedEvent, type Saga, type SagaRoutes } from './saga.ts';

/** A command of a step, and the one that takes it back. Made by `action`. */
export interface StepAction {
  readonly action: Reaction;
  readonly compensation?: Reaction;
}

/** @example action(command(product, id, 'ReserveStock', claim), { compensation: command(product, id, 'ReleaseStock', { order }) }) */
export function action(
  command: Reaction,
  { compensation }: { readonly compensation?: Reaction } = {},
): StepAction {
  return { action: command, ...(compensation && { compensation }) };
}

type StepResult = 'done' | 'failed';

/** What is done side by side before the next step begins. */
export interface SagaStep<Data, Correlate = SagaRoutes<readonly Aggregate[]>> {
  readonly name: string;
  readonly commands: (data: Data) => readonly StepAction[];
  /** Which events, of those that `correlate` names, say that it is done beyond its commands, or that it failed. */
  readonly endsOn?: {
    readonly [Source in keyof Correlate]?: {
      readonly [Type in keyof Correlate[Source]]?: StepResult;
    };
  };
  /** How long it may take. */
  readonly timeoutMs?: number;
  /** For commands that are rejected; left out: the first no is the answer. */
  readonly retry?: SagaRetryPolicy;
  /** From here on there is no way back: what comes after it is done, whatever it takes. */
  readonly isPivot?: true;
}

/** Where the steps stand. Small, and of one size however many commands a step has: it is stored with every event. */
interface StepProgress<Data> {
  readonly data: Data;
  /** The step at hand. */
  readonly step: number;
  readonly direction: 'forward' | 'stopping' | 'back' | 'compensated';
  readonly reason: string | null;
  /** How many commands have no definite outcome. */
  readonly inFlight: number;
  /** Commands that were not executed, so that there is nothing to take back. A list in sagas that began with one. */
  readonly notExecuted: PersistentMap<true> | readonly string[];
  /** What events said of the steps. */
  readonly results: Readonly<Record<string, StepResult>>;
}

/** A compensation, or a step after the pivot, that is rejected: again after 1, 2, 4 … seconds, then an operator is needed. */
const PERSISTENT: SagaRetryPolicy = { attempts: 6, afterMs: 1_000 };

/**
 * Describes a saga as steps that are done one after another. When one fails, what was accepted is taken back: the
 * steps in reverse, the commands of each side by side. A rejection is a failure; a command that cannot be delivered
 * (invalid, unknown, too large, or its target's code throws) is none: it needs an operator, who retries it, skips it
 * or resolves it, and until then the step is not done.
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
  /** What the steps are made with; nothing when the event starts none. */
  readonly startedBy: PerRoutedEvent<Sources, Correlate, [], Data | undefined>;
  readonly steps: readonly SagaStep<NoInfer<Data>, NoInfer<Correlate>>[];
  /** Which events cancel what can still be cancelled, and for what reason. */
  readonly cancelledBy?: PerRoutedEvent<Sources, Correlate, [], string>;
  /** What is done once everything is taken back. */
  readonly afterCompensation?: (data: NoInfer<Data>, reason: string) => readonly Reaction[];
}): Saga<Name> {
  const { name, version, previous, from, correlate, startedBy, cancelledBy } = definition;
  checkSteps(definition.steps);
  const stepping = new StepMachine(definition.steps, definition.afterCompensation ?? (() => []));
  const endings = mapped(endingsOf(definition.steps), ({ step, result }) => {
    return (_event: RecordedEvent, progress: StepProgress<Data>) =>
      stepping.record(progress, step, result);
  });
  const cancelling = mapped(handlersOf(cancelledBy ?? {}), (reasonOf) => {
    return (event: RecordedEvent, progress: StepProgress<Data>) =>
      stepping.stop(progress, String(reasonOf(event))) ?? proceed(progress);
  });
  return defineSaga<Name, Sources, StepProgress<Data>, string, Correlate>({
    name,
    version,
    ...(previous && { previous }),
    from,
    correlate,
    initialState: () => stepping.notStarted(),
    // Handlers that were checked above, event by event; here they are only wrapped.
    startedBy: mapped(
      handlersOf(startedBy),
      (start) => (event: RecordedEvent, progress: StepProgress<Data>) => {
        const data = start(event) as Data | undefined;
        return data === undefined
          ? undefined
          : stepping.begin({ ...progress, data: deepFrozen(data) }, 0);
      },
    ) as never,
    on: merged(endings, cancelling) as never,
    timeouts: Object.fromEntries(
      definition.steps.map((step) => [
        step.name,
        (progress: StepProgress<Data>) => stepping.timeOut(progress, step.name),
      ]),
    ),
    settled: (settled, progress) => stepping.settle(progress, settled),
    cancelled: (reason, progress) => stepping.stop(progress, reason),
  });
}

/** The moves, as pure functions of the progress. */
class StepMachine<Data> {
  readonly #steps: readonly SagaStep<Data>[];
  readonly #afterCompensation: (data: Data, reason: string) => readonly Reaction[];
  readonly #pivot: number;

  constructor(
    steps: readonly (Pick<SagaStep<Data>, 'name' | 'commands'> & StepOutline)[],
    afterCompensation: (data: Data, reason: string) => readonly Reaction[],
  ) {
    // Which events a step waits for is not looked at here.
    this.#steps = steps as readonly SagaStep<Data>[];
    this.#afterCompensation = afterCompensation;
    const pivot = steps.findIndex(({ isPivot }) => isPivot === true);
    this.#pivot = pivot < 0 ? steps.length : pivot;
  }

  /** Its data come with what starts it; nothing reads them before. */
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
      .map(({ action: command }, position) => send(doingId(step, position), command, retry));
    const timeout = step.timeoutMs === undefined ? [] : [startTimeout(step.name, step.timeoutMs)];
    const begun = { ...progress, step: index, inFlight: sends.length };
    return after([...sends, ...timeout], this.#goOn(begun));
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
    return stopped || this.#goOn(settled);
  }

  record(progress: StepProgress<Data>, name: string, result: StepResult) {
    if (Object.hasOwn(progress.results, name)) return proceed(progress);
    return this.#goOn({ ...progress, results: { ...progress.results, [name]: result } });
  }

  /** A step's timeout ends with it, so it is the current one's. */
  timeOut(progress: StepProgress<Data>, name: string) {
    return this.stop(progress, `timeout of ${name}`) ?? proceed(progress);
  }

  /** Undefined when there is nothing to stop any more. */
  stop(
    progress: StepProgress<Data>,
    reason: string,
  ): SagaReaction<StepProgress<Data>, Effect> | undefined {
    if (progress.direction !== 'forward' || progress.step > this.#pivot) return undefined;
    const stopping = { ...progress, direction: 'stopping', reason } as const;
    return after([...this.#endTimeout(progress), compensate(reason)], this.#goOn(stopping));
  }

  /** What follows when nothing is in flight. */
  #goOn(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    if (progress.inFlight > 0) return proceed(progress);
    switch (progress.direction) {
      case 'forward':
        return this.#forward(progress);
      case 'stopping':
        return this.#turn(progress);
      case 'back':
        return this.#undo(progress, progress.step - 1);
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

  /** The last moment to stop: once the pivot is done, the saga goes on. */
  #turn(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    const { name, isPivot } = this.#current(progress);
    const refused = keysOf(asMap(progress.notExecuted));
    const isDone = isPivot && !refused.some((id) => id.startsWith(`${name}/`));
    if (!isDone) return this.#undo(progress, progress.step);
    const onwards = { ...progress, direction: 'forward', reason: null } as const;
    return after([resume()], this.begin(onwards, progress.step + 1));
  }

  #undo(progress: StepProgress<Data>, index: number): SagaReaction<StepProgress<Data>, Effect> {
    const step = this.#steps[index];
    if (!step) return this.#finish(progress);
    const refused = asMap(progress.notExecuted);
    const sends = step.commands(progress.data).flatMap(({ compensation }, position) => {
      const id = doingId(step, position);
      return compensation && !hasEntry(refused, id)
        ? [send(`${id}/undo`, compensation, PERSISTENT)]
        : [];
    });
    const undoing = {
      ...progress,
      direction: 'back',
      step: index,
      inFlight: sends.length,
    } as const;
    return after(sends, this.#goOn(undoing));
  }

  #finish(progress: StepProgress<Data>): SagaReaction<StepProgress<Data>, Effect> {
    const sends = this.#afterCompensation(progress.data, progress.reason ?? '').map(
      (reaction, position) => send(`afterwards/${position}`, reaction, PERSISTENT),
    );
    return after(
      sends,
      this.#goOn({ ...progress, direction: 'compensated', inFlight: sends.length }),
    );
  }

  #current({ step }: StepProgress<Data>): SagaStep<Data> {
    // A saga is in no step that there is not: behind the last one it has ended.
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

function doingId({ name }: Pick<SagaStep<never>, 'name'>, position: number): string {
  return `${name}/${position}`;
}

/** A step without the types of its data and of what it waits for. */
interface StepOutline extends Omit<SagaStep<never>, 'commands' | 'endsOn'> {
  readonly endsOn?: object;
}

function checkSteps(steps: readonly StepOutline[]): void {
  const names = new Set(steps.map(({ name }) => name));
  if (names.size < steps.length) throw new Error('Two steps have the same name.');
  const pivot = steps.findIndex(({ isPivot }) => isPivot === true);
  if (pivot < 0) return;
  const late = steps
    .slice(pivot)
    .find(({ timeoutMs, endsOn }) => timeoutMs !== undefined || endsOn);
  if (late) throw new Error(`${late.name} has no way back, so it can neither time out nor fail.`);
}

type PerSource<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

function endingsOf(
  steps: readonly StepOutline[],
): PerSource<{ readonly step: string; readonly result: StepResult }> {
  return steps.reduce<PerSource<{ step: string; result: StepResult }>>(
    (all, { name, endsOn = {} }) => {
      const own = mapped(endsOn as PerSource<StepResult>, (result) => ({ step: name, result }));
      return merged(all, own);
    },
    {},
  );
}

/** Typed handlers by their names alone; each is called with its own event. */
function handlersOf(handlers: object): PerSource<(event: RecordedEvent) => unknown> {
  return handlers as PerSource<(event: RecordedEvent) => unknown>;
}

function mapped<From, To>(all: PerSource<From>, map: (value: From) => To): PerSource<To> {
  return Object.fromEntries(
    Object.entries(all).map(([source, types]) => [
      source,
      Object.fromEntries(Object.entries(types).map(([type, value]) => [type, map(value)])),
    ]),
  );
}

/** @throws Error when both have a word for the same event */
function merged<Value>(one: PerSource<Value>, other: PerSource<Value>): PerSource<Value> {
  const sources = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...sources].map((source) => {
      const [first = {}, second = {}] = [one[source], other[source]];
      const twice = Object.keys(second).find((type) => Object.hasOwn(first, type));
      if (twice) throw new Error(`${twice} of ${source} is waited for twice.`);
      return [source, { ...first, ...second }];
    }),
  );
}
