/**
 * Step 2 of an import: one lane sends the batches of its streams, one request at a time, so that the commands
 * of a stream keep their order. Unanswered lines are sent again, first one first, until the attempts are used up;
 * then a single undecided command holds back its stream, and a silent server ends the import.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../client/backoff.ts';
import type { ImportFailure } from './failure.ts';
import type { ImportAccount } from './import-account.ts';
import { LaneBuffer } from './lane-buffer.ts';
import { answeredResult, unansweredResult } from './line-result.ts';
import { postBatch } from './post-batch.ts';
import type { ReadyLine } from './read-lines.ts';
import type { ImportServer } from './request-outcomes.ts';

export interface LaneContext {
  readonly server: ImportServer;
  readonly batchLines: number;
  readonly isDecided: boolean;
  /** In a row without any answer in between. */
  readonly attemptsMax: number;
  readonly backoffBaseMs: number;
  readonly stop: AbortSignal;
  readonly account: ImportAccount;
  readonly giveUp: (reason: string) => void;
}

/** Chosen by us: one undecided stream is a poisoned command, this many are an outage. */
const HELD_STREAMS_MAX = 25;

export class Lane {
  readonly buffer: LaneBuffer;
  readonly #context: LaneContext;
  /** Streams with an undecided command, and its line: what comes after it must not overtake it. */
  readonly #held = new Map<string, number>();

  constructor(context: LaneContext) {
    this.#context = context;
    this.buffer = new LaneBuffer(context.batchLines);
  }

  async run(): Promise<void> {
    const { stop } = this.#context;
    let batch = await this.buffer.take();
    while (batch.length > 0 && !stop.aborted) {
      await this.#deliver(batch);
      batch = await this.buffer.take();
    }
  }

  async #deliver(batch: readonly ReadyLine[]): Promise<void> {
    const { stop } = this.#context;
    let rest = this.#withoutHeld(batch);
    let attempts = 0;
    while (rest.length > 0 && !stop.aborted) {
      const { answered, failure } = await this.#post(rest);
      rest = rest.slice(answered);
      if (!failure || rest.length === 0 || stop.aborted) return;
      attempts = answered > 0 || failure.isHeldUp ? 1 : attempts + 1;
      if (this.#mayTryAgain(failure, attempts)) {
        await this.#pause(failure, attempts);
      } else {
        rest = this.#settleUndecided(rest, failure);
        attempts = 0;
      }
    }
  }

  #post(lines: readonly ReadyLine[]) {
    const { server, account, stop, isDecided } = this.#context;
    return postBatch(
      server,
      lines,
      (line, outcome) => account.settle(line, answeredResult(line, outcome, isDecided)),
      stop,
    );
  }

  #mayTryAgain(failure: ImportFailure, attempts: number): boolean {
    return failure.isTransient && attempts < this.#context.attemptsMax;
  }

  async #pause(failure: ImportFailure, attempts: number): Promise<void> {
    const { backoffBaseMs: baseMs, stop } = this.#context;
    const askedMs = failure.retryAfterMs;
    const pauseMs = backoffMs(attempts, { baseMs, askedMs, random: Math.random() });
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined); // woken to stop
  }

  /** The attempts are used up. Returns what is left to send. */
  #settleUndecided(rest: readonly ReadyLine[], failure: ImportFailure): readonly ReadyLine[] {
    const { account, giveUp } = this.#context;
    const undecided = failure.scope === 'line' ? rest.slice(0, 1) : rest;
    for (const line of undecided) {
      account.settle(line, unansweredResult(line, failure.reason));
      this.#held.set(line.stream, line.number);
    }
    if (failure.scope === 'request' || this.#held.size > HELD_STREAMS_MAX) giveUp(failure.reason);
    return this.#withoutHeld(rest.slice(undecided.length));
  }

  #withoutHeld(lines: readonly ReadyLine[]): readonly ReadyLine[] {
    if (this.#held.size === 0) return lines;
    return lines.filter((line) => {
      const before = this.#held.get(line.stream);
      if (before === undefined) return true;
      const reason = `held back: line ${before} of the same stream is undecided`;
      this.#context.account.settle(line, unansweredResult(line, reason));
      return false;
    });
  }
}
