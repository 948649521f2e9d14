import type { Aggregate } from './aggregate.ts';
import {
  cancelTimeout,
  compensate,
  compensated,
  complete,
  type Effect,
  needAttention,
  proceed,
  type Reacted,
  type RetryPolicy,
  resume,
  type Settled,
  send,
  startTimeout,
} from './effect.ts';
import type { RecordedEvent } from './event.ts';
import { deepFrozen } from './frozen.ts';
import {
  emptyMap,
  hasEntry,
  keysOf,
  mapOf,
  type PersistentMap,
  withEntry,
} from './persistent-map.ts';
import type { Reaction } from './reactor.ts';
import { defineSaga, type PerRoutedEvent, type Routes, type Saga } from './saga.ts';

/** A command of a step, and the one that takes it back. Made by `doing`. */
export interface Doing {
  readonly doing: Reaction;
  readonly undo?: Reaction;
}

/** @example doing(command(product, id, 'ReserveStock', claim), { undo: command(product, id, 'ReleaseStock', { order }) }) */
export function doing(command: Reaction, { undo }: { readonly undo?: Reaction } = {}): Doing {
  return { doing: command, ...(undo && { undo }) };
}

type Heard = 'done' | 'failed';

/** What is done side by side before the next step begins. */
export interface Step<Data, Correlate = Routes<readonly Aggregate[]>> {
  readonly name: string;
  readonly commands: (data: Data) => readonly Doing[];
  /** Which events, of those that `correlate` names, say that it is done beyond its commands, or that it failed. */
  readonly until?: {
    readonly [Source in keyof Correlate]?: {
      readonly [Type in keyof Correlate[Source]]?: Heard;
    };
  };
  /** How long it may take. */
  readonly timeoutMs?: number;
  /** For commands that are rejected; left out: the first no is the answer. */
  readonly retry?: RetryPolicy;
  /** From here on there is no way back: what comes after it is done, whatever it takes. */
  readonly isPivot?: true;
}

/** Where the steps stand. Small, and of one size however many commands a step has: it is stored with every event. */
interface Progress<Data> {
  readonly data: Data;
  /** The step at hand. */
  readonly step: number;
  readonly going: 'forward' | 'stopping' | 'back' | 'afterwards';
  readonly reason: string | null;
  /** How many commands have no definite outcome. */
  readonly inFlight: number;
  /** Commands that were not executed, so that there is nothing to take back. A list in sagas that began with one. */
  readonly refused: PersistentMap<true> | readonly string[];
  /** What events said of the steps. */
  readonly heard: Readonly<Record<string, Heard>>;
}

/** An undo or a step without return that is rejected: again after 1, 2, 4 … seconds, then somebody has to look. */
const PERSISTENT: RetryPolicy = { attempts: 6, afterMs: 1_000 };

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
 *       doing(command(account, from, 'Withdraw', { cents }), { undo: command(account, from, 'Deposit', { cents }) }),
 *     ] },
 *     { name: 'give', commands: ({ to, cents }) => [doing(command(account, to, 'Deposit', { cents }))] },
 *   ],
 * })
 */
export function defineSteps<
  const Name extends string,
  const Sources extends readonly Aggregate[],
  Data,
  Correlate extends Routes<Sources>,
>(definition: {
  readonly name: Name;
  readonly version: number;
  readonly previous?: Saga;
  readonly from: Sources;
  readonly correlate: Correlate;
  /** What the steps are made with; nothing when the event starts none. */
  readonly startedBy: PerRoutedEvent<Sources, Correlate, [], Data | undefined>;
  readonly steps: readonly Step<NoInfer<Data>, NoInfer<Correlate>>[];
  /** Which events cancel what can still be cancelled, and for what reason. */
  readonly cancelledBy?: PerRoutedEvent<Sources, Correlate, [], string>;
  /** What is done once everything is taken back. */
  readonly afterwards?: (data: NoInfer<Data>, reason: string) => readonly Reaction[];
}): Saga<Name> {
  const { name, version, previous, from, correlate, startedBy, cancelledBy } = definition;
  checkSteps(definition.steps);
  const stepping = new Stepping(definition.steps, definition.afterwards ?? (() => []));
  const until = mapped(untilOf(definition.steps), ({ step, heard }) => {
    return (_event: RecordedEvent, progress: Progress<Data>) =>
      stepping.hear(progress, step, heard);
  });
  const cancelling = mapped(handlersOf(cancelledBy ?? {}), (reasonOf) => {
    return (event: RecordedEvent, progress: Progress<Data>) =>
      stepping.stop(progress, String(reasonOf(event))) ?? proceed(progress);
  });
  return defineSaga<Name, Sources, Progress<Data>, string, Correlate>({
    name,
    version,
    ...(previous && { previous }),
    from,
    correlate,
    initialState: () => stepping.notStarted(),
    // Handlers that were checked above, event by event; here they are only wrapped.
    startedBy: mapped(
      handlersOf(startedBy),
      (start) => (event: RecordedEvent, progress: Progress<Data>) => {
        const data = start(event) as Data | undefined;
        return data === undefined
          ? undefined
          : stepping.begin({ ...progress, data: deepFrozen(data) }, 0);
      },
    ) as never,
    on: merged(until, cancelling) as never,
    timeouts: Object.fromEntries(
      definition.steps.map((step) => [
        step.name,
        (progress: Progress<Data>) => stepping.timeOut(progress, step.name),
      ]),
    ),
    settled: (settled, progress) => stepping.settle(progress, settled),
    cancelled: (reason, progress) => stepping.stop(progress, reason),
  });
}

/** The moves, as pure functions of the progress. */
class Stepping<Data> {
  readonly #steps: readonly Step<Data>[];
  readonly #afterwards: (data: Data, reason: string) => readonly Reaction[];
  readonly #pivot: number;

  constructor(
    steps: readonly (Pick<Step<Data>, 'name' | 'commands'> & StepOutline)[],
    afterwards: (data: Data, reason: string) => readonly Reaction[],
  ) {
    // Which events a step waits for is not looked at here.
    this.#steps = steps as readonly Step<Data>[];
    this.#afterwards = afterwards;
    const pivot = steps.findIndex(({ isPivot }) => isPivot === true);
    this.#pivot = pivot < 0 ? steps.length : pivot;
  }

  /** Its data come with what starts it; nothing reads them before. */
  notStarted(): Progress<Data> {
    const nothing = { inFlight: 0, refused: emptyMap<true>(), heard: {} };
    return { data: undefined as Data, step: 0, going: 'forward', reason: null, ...nothing };
  }

  begin(progress: Progress<Data>, index: number): Reacted<Progress<Data>, Effect> {
    const step = this.#steps[index];
    if (!step) return proceed(progress, complete());
    const retry = step.retry ?? (index > this.#pivot ? PERSISTENT : undefined);
    const sends = step
      .commands(progress.data)
      .map(({ doing: command }, position) => send(doingId(step, position), command, retry));
    const timeout = step.timeoutMs === undefined ? [] : [startTimeout(step.name, step.timeoutMs)];
    const begun = { ...progress, step: index, inFlight: sends.length };
    return after([...sends, ...timeout], this.#goOn(begun));
  }

  settle(progress: Progress<Data>, { effect, outcome, reason }: Settled) {
    const isForward = progress.going === 'forward' || progress.going === 'stopping';
    if (outcome === 'rejected' && (!isForward || progress.step > this.#pivot)) {
      return proceed(progress, needAttention(effect, reason ?? outcome));
    }
    const wasExecuted = outcome === 'accepted' || outcome === 'resolved';
    const { refused: before } = progress;
    const refused = isForward && !wasExecuted ? withEntry(asMap(before), effect, true) : before;
    const settled = { ...progress, inFlight: progress.inFlight - 1, refused };
    const stopped = outcome === 'rejected' && this.stop(settled, reason ?? outcome);
    return stopped || this.#goOn(settled);
  }

  hear(progress: Progress<Data>, name: string, heard: Heard) {
    if (Object.hasOwn(progress.heard, name)) return proceed(progress);
    return this.#goOn({ ...progress, heard: { ...progress.heard, [name]: heard } });
  }

  /** A step's timeout ends with it, so it is the current one's. */
  timeOut(progress: Progress<Data>, name: string) {
    return this.stop(progress, `timeout of ${name}`) ?? proceed(progress);
  }

  /** Undefined when there is nothing to stop any more. */
  stop(progress: Progress<Data>, reason: string): Reacted<Progress<Data>, Effect> | undefined {
    if (progress.going !== 'forward' || progress.step > this.#pivot) return undefined;
    const stopping = { ...progress, going: 'stopping', reason } as const;
    return after([...this.#endTimeout(progress), compensate(reason)], this.#goOn(stopping));
  }

  /** What follows when nothing is in flight. */
  #goOn(progress: Progress<Data>): Reacted<Progress<Data>, Effect> {
    if (progress.inFlight > 0) return proceed(progress);
    switch (progress.going) {
      case 'forward':
        return this.#forward(progress);
      case 'stopping':
        return this.#turn(progress);
      case 'back':
        return this.#undo(progress, progress.step - 1);
      case 'afterwards':
        return proceed(progress, compensated(progress.reason ?? ''));
    }
  }

  #forward(progress: Progress<Data>): Reacted<Progress<Data>, Effect> {
    const { name, until } = this.#current(progress);
    const heard = progress.heard[name];
    if (until && heard === undefined) return proceed(progress);
    if (heard === 'failed') return this.stop(progress, `failure of ${name}`) ?? proceed(progress);
    return after(this.#endTimeout(progress), this.begin(progress, progress.step + 1));
  }

  /** The last moment: once the step without return is done, whoever wanted to stop it was too late. */
  #turn(progress: Progress<Data>): Reacted<Progress<Data>, Effect> {
    const { name, isPivot } = this.#current(progress);
    const refused = keysOf(asMap(progress.refused));
    const isDone = isPivot && !refused.some((id) => id.startsWith(`${name}/`));
    if (!isDone) return this.#undo(progress, progress.step);
    const onwards = { ...progress, going: 'forward', reason: null } as const;
    return after([resume()], this.begin(onwards, progress.step + 1));
  }

  #undo(progress: Progress<Data>, index: number): Reacted<Progress<Data>, Effect> {
    const step = this.#steps[index];
    if (!step) return this.#finish(progress);
    const refused = asMap(progress.refused);
    const sends = step.commands(progress.data).flatMap(({ undo }, position) => {
      const id = doingId(step, position);
      return undo && !hasEntry(refused, id) ? [send(`${id}/undo`, undo, PERSISTENT)] : [];
    });
    const undoing = { ...progress, going: 'back', step: index, inFlight: sends.length } as const;
    return after(sends, this.#goOn(undoing));
  }

  #finish(progress: Progress<Data>): Reacted<Progress<Data>, Effect> {
    const sends = this.#afterwards(progress.data, progress.reason ?? '').map((reaction, position) =>
      send(`afterwards/${position}`, reaction, PERSISTENT),
    );
    return after(sends, this.#goOn({ ...progress, going: 'afterwards', inFlight: sends.length }));
  }

  #current({ step }: Progress<Data>): Step<Data> {
    // A saga is in no step that there is not: behind the last one it has ended.
    return this.#steps[step] as Step<Data>;
  }

  #endTimeout(progress: Progress<Data>): readonly Effect[] {
    const { name, timeoutMs } = this.#current(progress);
    return timeoutMs === undefined ? [] : [cancelTimeout(name)];
  }
}

function asMap(refused: Progress<never>['refused']): PersistentMap<true> {
  return 'size' in refused ? refused : mapOf(refused.map((id) => [id, true]));
}

function after<State>(
  effects: readonly Effect[],
  { state, effects: more }: Reacted<State>,
): Reacted<State> {
  return { state, effects: [...effects, ...more] };
}

function doingId({ name }: Pick<Step<never>, 'name'>, position: number): string {
  return `${name}/${position}`;
}

/** A step without the types of its data and of what it waits for. */
interface StepOutline extends Omit<Step<never>, 'commands' | 'until'> {
  readonly until?: object;
}

function checkSteps(steps: readonly StepOutline[]): void {
  const names = new Set(steps.map(({ name }) => name));
  if (names.size < steps.length) throw new Error('Two steps have the same name.');
  const pivot = steps.findIndex(({ isPivot }) => isPivot === true);
  if (pivot < 0) return;
  const late = steps.slice(pivot).find(({ timeoutMs, until }) => timeoutMs !== undefined || until);
  if (late) throw new Error(`${late.name} has no way back, so it can neither time out nor fail.`);
}

type PerSource<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

function untilOf(
  steps: readonly StepOutline[],
): PerSource<{ readonly step: string; readonly heard: Heard }> {
  return steps.reduce<PerSource<{ step: string; heard: Heard }>>((all, { name, until = {} }) => {
    const own = mapped(until as PerSource<Heard>, (heard) => ({ step: name, heard }));
    return merged(all, own);
  }, {});
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
