/**
 * Attempts the actions of one stream: at once when their events are stored, and by the object's alarm what was lost or has to be
 * attempted again. Each action is on one event at a time, in their order. The platform holds back what an object sends until its
 * writes are stored, so that no attempt comes before its event.
 */
import type { Action, ActionAnswer, ActionCall } from '../../../core/action/action.ts';
import type { ActionOperation } from '../../../core/action/action-operations.ts';
import {
  answered,
  type KeptAnswer,
  lostAtMs,
  newAction,
  nextAttempt,
  parked,
  postponed,
  retried,
  type StoredAction,
  sentLater,
  UNKNOWN_EFFECT,
} from '../../../core/action/stored-action.ts';
import type { Aggregate } from '../../../core/aggregate/aggregate.ts';
import { MACHINERY_KEY_PREFIX } from '../../../core/aggregate/command.ts';
import { type RecordedEvent, readEvent, type StoredEvent } from '../../../core/aggregate/event.ts';
import { type Failure, wrongState } from '../../../core/aggregate/outcome.ts';
import { errorText } from '../../../core/failures/error-text.ts';
import type { Reaction } from '../../../core/process/reactor.ts';
import { isSealed, type Sealed } from '../../../core/sealed/sealed.ts';
import type { ReactionOrigin, SentReaction } from '../../ports.ts';
import { DeadlinePassed, withDeadline } from '../../with-deadline.ts';
import type { AggregateStorage } from '../aggregate-storage.ts';
import type { Report } from '../report.ts';
import type { ActionIncidents } from './action-incidents.ts';
import { attempt, keyOfCall } from './attempt.ts';

/** Ours: an alarm delays those that are due meanwhile. */
const ALARM_WAIT_MS = 2_000;

/** Ours: a command takes some 10 ms, and one that does not answer is sent again. */
const SEND_MS_MAX = 10_000;

export interface ActionSetting {
  readonly storage: AggregateStorage;
  readonly aggregate: Aggregate;
  readonly actions: readonly Action[];
  /** The Worker's own. */
  readonly env: object;
  readonly nowMs: () => number;
  /** The plain value of a sealed one. */
  readonly open: (sealed: string) => Promise<unknown>;
  readonly send: (
    event: StoredEvent,
    reaction: Reaction,
    origin: ReactionOrigin,
  ) => Promise<SentReaction>;
  readonly incidents: ActionIncidents;
  /** Keeps the object awake until the promise is settled. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly report: Report;
}

/** An action with its event. */
interface ActionOnEvent {
  readonly definition: Action;
  readonly stored: StoredAction;
  readonly event: StoredEvent;
}

export class ActionRunner {
  readonly #setting: ActionSetting;
  /** By action. */
  readonly #working = new Map<string, Promise<void>>();

  constructor(setting: ActionSetting) {
    this.#setting = setting;
  }

  /** Called after a commit: attempts what it has added. */
  begin(): void {
    for (const action of this.#table.takeFresh()) this.#start(action, true);
  }

  /**
   * Called by the alarm: attempts what is due, and waits for what is under way, for a bounded time. Never rejects: an attempt's
   * failure is stored.
   */
  async goOn(): Promise<void> {
    const nowMs = this.#setting.nowMs();
    for (const { action, state, dueMs } of this.#table.heads()) {
      if (state !== 'parked' && dueMs <= nowMs) this.#start(action, false);
    }
    if (this.#working.size === 0) return;
    const all = Promise.all(this.#working.values());
    try {
      await withDeadline(all, ALARM_WAIT_MS, 'The attempts take longer.');
    } catch (error) {
      if (!(error instanceof DeadlinePassed)) throw error;
    }
  }

  /** Reports the parked heads: those of an object that was restored to an earlier time. */
  reportParked(): void {
    for (const head of this.#table.heads()) {
      if (head.state === 'parked') this.#setting.incidents.parked(head);
    }
  }

  /** The action after the operation, or as it was when it was skipped; or the reason of a refusal. */
  operate({ operation, action, version }: ActionOperation): StoredAction | Failure {
    const { storage, nowMs, incidents } = this.#setting;
    const stored = this.#table.find(action, version);
    const name = `${action}@${version}`;
    if (!stored) return { outcome: 'unknown', what: 'action', name };
    if (stored.state !== 'parked') return wrongState(`The action ${name} is ${stored.state}.`);
    const isHead = this.#table.head(action)?.version === version;
    const timeoutMs = this.#definitionOf(action)?.timeoutMs ?? 0;
    const after = operation === 'retry' ? retried({ timeoutMs }, stored, nowMs()) : stored;
    storage.commit(() => {
      if (operation === 'retry') this.#table.put(after);
      else this.#table.remove(stored);
    });
    incidents.resolved(stored);
    if (isHead) this.#start(action, true);
    return after;
  }

  get #table() {
    return this.#setting.storage.actions;
  }

  /** `isNew`: no attempt was begun at the head. */
  #start(action: string, isNew: boolean): void {
    if (this.#working.has(action)) return;
    const { waitUntil, report } = this.#setting;
    const working = this.#work(action, isNew).catch((error: unknown) =>
      report('error', { operation: 'action', actionName: action, error }),
    );
    this.#working.set(action, working);
    waitUntil(working);
  }

  async #work(action: string, isNew: boolean): Promise<void> {
    // The command that has led here is answered before a handler runs.
    await Promise.resolve();
    let isUntried = isNew;
    try {
      for (let head = this.#due(action, isUntried); head; head = this.#due(action, isUntried)) {
        // The action on the next event begins when this one has ended.
        isUntried = await this.#step(head, isUntried);
      }
    } finally {
      this.#table.ended(action);
      this.#working.delete(action);
    }
  }

  /** The head if it goes on now. */
  #due(action: string, isUntried: boolean): StoredAction | undefined {
    const { storage, nowMs, incidents } = this.#setting;
    if (storage.recovery.open || storage.restoring.open) return undefined;
    const head = this.#table.head(action);
    if (head?.state === 'parked') {
      if (isUntried) incidents.parked(head);
      return undefined;
    }
    return head && (isUntried || head.dueMs <= nowMs()) ? head : undefined;
  }

  /** Whether it has ended. */
  async #step(stored: StoredAction, isUntried: boolean): Promise<boolean> {
    const [event] = this.#setting.storage.log.eventsBetween(stored.version - 1, stored.version);
    if (!event) return this.#park(stored, 'The stream has no such event.');
    if (stored.state === 'answered') return this.#sendAnswer(stored, event);
    const definition = this.#definitionOf(stored.action);
    if (!definition?.actsOn(this.#named(event))) {
      return this.#park(stored, 'The code has no action of this name on this event.');
    }
    const begun = this.#begin(definition, stored, isUntried);
    if (!begun) return this.#park(stored, UNKNOWN_EFFECT);
    const on = { definition, stored: begun, event };
    return this.#conclude(on, await this.#attempt(on));
  }

  /** The attempt that begins now; undefined where there is none left. The first was counted with the event. */
  #begin(definition: Action, stored: StoredAction, isUntried: boolean): StoredAction | undefined {
    const { storage, nowMs } = this.#setting;
    const { version, cause, dueMs } = stored;
    if (isUntried && dueMs > nowMs()) return stored;
    const begun = isUntried
      ? { ...newAction(definition, version, nowMs()), cause }
      : nextAttempt(definition, stored, nowMs());
    if (begun) storage.commit(() => this.#table.put(begun));
    return begun;
  }

  async #attempt({ definition, stored, event }: ActionOnEvent): Promise<ActionAnswer | string> {
    const { env, nowMs, report, open } = this.#setting;
    const { action, attempts } = stored;
    this.#table.began(action, lostAtMs(definition.timeoutMs, nowMs()));
    try {
      return await attempt(definition, this.#recorded(event), {
        env: env as Readonly<Record<string, unknown>>,
        idempotencyKey: keyOfCall(action, event),
        attempt: attempts,
        open: openerOf(open),
      });
    } catch (error) {
      report('warn', { operation: 'action', actionName: action, attempt: attempts, error });
      return errorText(error);
    }
  }

  /** `answer`: a text is the cause of a failure. */
  async #conclude(on: ActionOnEvent, answer: ActionAnswer | string): Promise<boolean> {
    const { storage, nowMs } = this.#setting;
    const { definition, stored, event } = on;
    // Meanwhile the object may have been erased, or found that it was restored to an earlier time.
    const now = this.#table.find(stored.action, stored.version);
    if (now?.state !== 'pending' || now.attempts !== stored.attempts) return false;
    if (typeof answer === 'object' && answer.answer === 'commands') {
      return this.#keep(stored, event, { of: 'handler', commands: answer.commands });
    }
    if (typeof answer === 'object' && answer.answer === 'failed')
      return this.#fail(on, answer.reason);
    const failure =
      typeof answer === 'string'
        ? { cause: answer }
        : { cause: 'The handler wants another attempt.', afterMs: answer.afterMs };
    const later = postponed(definition, stored, failure, nowMs());
    if (!later) return this.#fail(on, failure.cause);
    storage.commit(() => this.#table.put(later));
    return false;
  }

  #fail({ definition, stored, event }: ActionOnEvent, reason: string): Promise<boolean> | boolean {
    try {
      const commands = definition.failed(this.#recorded(event), reason);
      if (commands) return this.#keep(stored, event, { of: 'failure', commands });
      return this.#park(stored, reason);
    } catch (error) {
      return this.#park(
        stored,
        `${reason} Its handler of failures has failed, too: ${errorText(error)}`,
      );
    }
  }

  #keep(stored: StoredAction, event: StoredEvent, answer: KeptAnswer): Promise<boolean> | boolean {
    const { storage, nowMs } = this.#setting;
    if (answer.commands.length === 0) return this.#end(stored);
    const kept = answered(stored, answer, nowMs());
    storage.commit(() => this.#table.put(kept));
    return this.#sendAnswer(kept, event);
  }

  /** A rejection is an answer. Those before the one that could not be sent are recognised by their keys. */
  async #sendAnswer(stored: StoredAction, event: StoredEvent): Promise<boolean> {
    const { storage, nowMs } = this.#setting;
    const { action, version, answer } = stored;
    const actor = `${MACHINERY_KEY_PREFIX}action/${action}`;
    const keys = `${actor}/${event.stream}@${version}/${answer?.of}`;
    for (const [index, reaction] of (answer?.commands ?? []).entries()) {
      const sent = await this.#send(event, reaction, { actor, idempotencyKey: `${keys}/${index}` });
      if (sent.state === 'answered') continue;
      if (sent.state === 'refused') return this.#park(stored, sent.cause);
      const later = sentLater(stored, sent.cause, nowMs());
      if (!later) return this.#park(stored, sent.cause, answer);
      storage.commit(() => this.#table.put(later));
      return false;
    }
    return this.#end(stored);
  }

  async #send(
    event: StoredEvent,
    reaction: Reaction,
    origin: ReactionOrigin,
  ): Promise<SentReaction> {
    try {
      const sent = this.#setting.send(event, reaction, origin);
      return await withDeadline(sent, SEND_MS_MAX, 'The command was not answered in time.');
    } catch (error) {
      return { state: 'unsent', cause: errorText(error) };
    }
  }

  #end(stored: StoredAction): true {
    this.#setting.storage.commit(() => this.#table.remove(stored));
    return true;
  }

  #park(stored: StoredAction, cause: string, answer: KeptAnswer | null = null): false {
    const { storage, incidents } = this.#setting;
    const stopped = parked(stored, cause, answer);
    storage.commit(() => this.#table.put(stopped));
    incidents.parked(stopped);
    return false;
  }

  #definitionOf(action: string): Action | undefined {
    return this.#setting.actions.find(({ name }) => name === action);
  }

  #named({ type }: StoredEvent): Pick<RecordedEvent, 'aggregate' | 'type'> {
    return { aggregate: this.#setting.aggregate.name, type };
  }

  #recorded(event: StoredEvent): RecordedEvent {
    return readEvent(this.#setting.aggregate.events, event);
  }
}

/** What is not sealed is as it was sent: an optional field, or one that is personal in a later version alone. */
function openerOf(open: (sealed: string) => Promise<unknown>): ActionCall['open'] {
  return async <Plain>(value: Sealed<Plain>) => {
    const plain: unknown = isSealed(value) ? await open(value) : value;
    // What was sealed had passed the schema of its field.
    return plain as Plain | null;
  };
}
