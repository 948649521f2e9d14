/** A process that can be killed: an invocation of the Worker, or one instance of an object. */
import type { Fate } from './fate.ts';
import type { Timeline } from './timeline.ts';

/** What all parts of a simulated world share. */
export interface World {
  readonly timeline: Timeline;
  readonly fate: Fate;
}

export type ProcessKind =
  | 'request'
  | 'consumer'
  | 'cron'
  | 'aggregate'
  | 'health'
  | 'live'
  | 'rebuild'
  | 'subscription'
  | 'group';

export class Process {
  readonly kind: ProcessKind;
  readonly name: string;
  readonly #exitListeners = new Set<() => void>();
  #isDead = false;

  constructor(kind: ProcessKind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** It does nothing more: its pending promises never settle. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const onExit of this.#exitListeners) onExit();
  }

  /** Returns the function that removes the listener. */
  onDeath(onExit: () => void): () => void {
    this.#exitListeners.add(onExit);
    return () => this.#exitListeners.delete(onExit);
  }

  /** Waits until everything that it wrote is on the disk: before that no output leaves it (the output gate). */
  written(): Promise<void> {
    return Promise.resolve();
  }
}

/** A call, its target, and its error text. */
export interface Errand<Answer> {
  readonly what: string;
  readonly serve: () => Answer | Promise<Answer>;
  readonly lost: () => Error;
}

/** There and back, with all that can happen on the way. Every way out of a process is one of these. */
export async function ask<Answer>(
  { timeline, fate }: World,
  from: Process,
  { what, serve, lost }: Errand<Answer>,
): Promise<Answer> {
  await from.written();
  if (!from.isDead && fate.strikes(`${from.kind} dies before ${what}`)) from.die();
  if (from.isDead) return never();
  const isBackground = from.kind === 'cron';
  await timeline.sleep(fate.delayMs(), `${from.name} asks ${what}`, isBackground);
  const served = fate.strikes(`${what} is not reached`)
    ? { error: lost() }
    : await Promise.resolve()
        .then(serve)
        .then(
          (answer) => ({ answer }),
          (error: unknown) => ({ error }),
        );
  await timeline.sleep(fate.delayMs(), `${what} answers ${from.name}`, isBackground);
  if (!from.isDead && fate.strikes(`${from.kind} dies after ${what}`)) from.die();
  if (from.isDead) return never();
  if ('error' in served) throw served.error;
  if (fate.strikes(`the answer of ${what} is lost`)) throw lost();
  return served.answer;
}

export function never(): Promise<never> {
  return new Promise(() => {});
}
