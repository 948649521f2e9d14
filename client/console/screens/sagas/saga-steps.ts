/** The commands of a saga, folded from the events of its stream. Pure. */
import type { WholeSaga } from '../../../../core/operator-shapes/saga.ts';
import type { DecidedEffect, SentCommand } from '../../../../core/process/saga-events.ts';

type Entry = WholeSaga['timeline'][number];

export interface ShownStep {
  /** `reserve/0`, or `reserve/0/undo`. */
  readonly effect: string;
  readonly command: SentCommand;
  readonly sentAt: string;
  readonly attempts: readonly Attempt[];
  /** It was sent while the saga compensates. */
  readonly isCompensation: boolean;
  /** Why an operator is needed, or was. */
  readonly attention?: string;
  /** When it is sent again. */
  readonly retryAt?: string;
}

interface Attempt {
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly at: string;
}

/** What the entries have, as `core/process/saga-events.ts` records it; each kind has some of it. */
export interface EntryData {
  readonly source?: string;
  readonly version?: number;
  readonly type?: string;
  readonly effect?: string | null;
  readonly attempt?: number;
  readonly outcome?: string;
  readonly reason?: string | null;
  readonly name?: string;
  readonly operation?: string;
  readonly actor?: string;
  readonly transition?: {
    readonly phase: string;
    readonly status: string;
    readonly effects: readonly DecidedEffect[];
  };
}

export function dataOf({ data }: Entry): EntryData {
  return Object(data);
}

/** In the order in which each was sent first. Those before the oldest entry are missing. */
export function stepsOf(timeline: readonly Entry[]): readonly ShownStep[] {
  const steps = new Map<string, ShownStep>();
  for (const entry of timeline) {
    settle(steps, entry);
    const { effects = [], phase } = dataOf(entry).transition ?? {};
    for (const effect of effects) begin(steps, effect, entry.at, phase === 'compensating');
  }
  return [...steps.values()];
}

function settle(steps: Map<string, ShownStep>, entry: Entry): void {
  const { effect, attempt = 1, outcome, reason = null, operation, actor } = dataOf(entry);
  const step = typeof effect === 'string' ? steps.get(effect) : undefined;
  const found = operation === undefined ? outcome : `${operation} by ${actor}`;
  if (!step || found === undefined) return;
  const done = { attempt, outcome: found, reason, at: entry.at };
  const { attention: _settled, retryAt: _over, ...rest } = step;
  steps.set(step.effect, { ...rest, attempts: [...step.attempts, done] });
}

function begin(
  steps: Map<string, ShownStep>,
  decided: DecidedEffect,
  at: string,
  isCompensation: boolean,
): void {
  if (decided.effect === 'start-timeout' || decided.effect === 'cancel-timeout') return;
  const step = steps.get(decided.id);
  if (decided.effect === 'send') {
    const {
      attention: _over,
      retryAt: _sent,
      ...rest
    } = step ?? {
      ...{ effect: decided.id, command: decided.command, sentAt: at, attempts: [] },
      isCompensation,
    };
    steps.set(decided.id, rest);
  } else if (step) {
    const waits =
      decided.effect === 'retry' ? { retryAt: decided.at } : { attention: decided.reason };
    steps.set(decided.id, { ...step, ...waits });
  }
}
