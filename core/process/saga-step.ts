/** A step of a saga: its commands with their compensations, what ends it, and the rules that a list of steps obeys. */

import type { Aggregate } from '../aggregate/aggregate.ts';
import type { SagaRetryPolicy } from './effect.ts';
import { mappedByEvent, mergedByEvent, type PerSource } from './per-source.ts';
import type { Reaction } from './reactor.ts';
import type { SagaRoutes } from './saga.ts';

/** A command of a step, with the command that compensates it. Made by `action`. */
export interface StepAction {
  readonly action: Reaction;
  readonly compensation?: Reaction;
}

/**
 * A command of a step of `defineSteps`, with the command that compensates it if a later step fails.
 *
 * @example action(command(product, id, 'ReserveStock', claim), { compensation: command(product, id, 'ReleaseStock', { order }) })
 */
export function action(
  command: Reaction,
  { compensation }: { readonly compensation?: Reaction } = {},
): StepAction {
  return { action: command, ...(compensation && { compensation }) };
}

export type StepResult = 'done' | 'failed';

/** Commands that are sent in parallel. The next step begins when all of them have an outcome. */
export interface SagaStep<Data, Correlate = SagaRoutes<readonly Aggregate[]>> {
  readonly name: string;
  readonly commands: (data: Data) => readonly StepAction[];
  /** Events, of those that `correlate` names, that complete the step beyond its commands, or fail it. */
  readonly endsOn?: {
    readonly [Source in keyof Correlate]?: {
      readonly [Type in keyof Correlate[Source]]?: StepResult;
    };
  };
  /** The step fails when it takes longer. */
  readonly timeoutMs?: number;
  /** For commands that are rejected; left out: the first rejection fails the step. */
  readonly retry?: SagaRetryPolicy;
  /** Once this step is done, the saga no longer compensates: later steps are retried until they succeed. */
  readonly isPivot?: true;
}

/** A step without the types of its data and of the events that end it. */
export interface StepOutline extends Omit<SagaStep<never>, 'commands' | 'endsOn'> {
  readonly endsOn?: object;
}

/** @throws Error for two steps of one name, and for a step after the pivot that could fail */
export function checkSteps(steps: readonly StepOutline[]): void {
  const names = new Set(steps.map(({ name }) => name));
  if (names.size < steps.length) throw new Error('Two steps have the same name.');
  const pivot = steps.findIndex(({ isPivot }) => isPivot === true);
  if (pivot < 0) return;
  const late = steps
    .slice(pivot)
    .find(({ timeoutMs, endsOn }) => timeoutMs !== undefined || endsOn);
  if (late) throw new Error(`${late.name} has no way back, so it can neither time out nor fail.`);
}

/** For each event that ends a step: the step and its result. */
export function resultsByEvent(
  steps: readonly StepOutline[],
): PerSource<{ readonly step: string; readonly result: StepResult }> {
  return steps.reduce<PerSource<{ step: string; result: StepResult }>>(
    (all, { name, endsOn = {} }) => {
      const own = mappedByEvent(endsOn as PerSource<StepResult>, (result) => ({
        step: name,
        result,
      }));
      return mergedByEvent(all, own);
    },
    {},
  );
}
