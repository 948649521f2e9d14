/**
 * The object's one alarm, set for the earliest of: the next timer, the next action, the next check of unconfirmed events, the
 * expiry of outcomes without a stream. While the object takes events back, for that alone: no timer fires then. While it is
 * restored from an export, for nothing. Its time is derived from what is stored; no other code sets it.
 */
import { TIMER_MS_MAX } from '../../core/aggregate/timer-command.ts';
import { ALARM_DISTANCE_MS } from '../alarm.ts';
import type { ActionTable } from './actions/action-table.ts';
import type { CommandRecords } from './command-records.ts';
import { CONFIRM_AFTER_MS, confirmDelayMs } from './confirm-relay.ts';
import type { EventLog } from './event-log.ts';
import type { RecoveryState } from './recovery/recovery-state.ts';
import type { Timers } from './timers.ts';
import type { RestoringState } from './transfer/restoring-state.ts';

/**
 * The time for which outcomes without a stream are kept, after the last of them. Our value: retries end within minutes.
 */
const KEPT_ALONE_MS = 86_400_000;

/** Until events are taken back again after a failure, and until a divergence is reported again. Our values. */
const RECOVER_AFTER_MS = 30_000;
const REMIND_DIVERGED_MS = 3_600_000;

/** The platform refuses 0 and earlier times. */
const ALARM_MS_MIN = 1;

export interface AlarmSetting {
  readonly storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>;
  readonly log: EventLog;
  readonly records: CommandRecords;
  readonly timers: Timers;
  readonly actions: Pick<ActionTable, 'nextMs'>;
  readonly recovery: RecoveryState;
  readonly restoring: RestoringState;
  readonly nowMs: () => number;
}

export class ObjectAlarm {
  readonly #setting: AlarmSetting;
  /** The time for which it is set, as far as this instance knows. */
  #armedMs: number | undefined;

  constructor(setting: AlarmSetting) {
    this.#setting = setting;
  }

  get isUnconfirmed(): boolean {
    return this.#duty() === 'confirm';
  }

  /** Whether only outcomes without a stream are stored, and they have expired. */
  get isForgettable(): boolean {
    return (
      this.#duty() === 'forget' && this.#setting.records.keptUntilMs() <= this.#setting.nowMs()
    );
  }

  /** Its purpose apart from timers and actions. `version`: of the head, where it was read in this turn. */
  #duty(version?: number): 'recover' | 'confirm' | 'forget' | 'none' {
    const { log, timers, recovery, restoring } = this.#setting;
    if (recovery.open) return 'recover';
    if (restoring.open) return 'none';
    // Before the first write this needs no read.
    const confirmed = log.confirmedVersion();
    const head = version ?? log.head().version;
    if (head > 0) return confirmed < head ? 'confirm' : 'none';
    return log.isStored && timers.isEmpty ? 'forget' : 'none';
  }

  /**
   * Called before a write. The returned function sets the alarm, after the write and in its transaction. Most writes
   * set none, because it is already set while events are unconfirmed, and for the next timer and action. `version`: of the
   * head, where it was read in this turn.
   */
  beforeWrite(version?: number): () => void {
    const before = this.#duty(version);
    const isLate = before === 'confirm' && this.#isLate();
    const nextMs = this.#nextMs();
    return () => {
      // A write adds events: if some were unconfirmed before, some still are, which needs no read.
      const after = before === 'confirm' ? before : this.#duty();
      const isNew = after !== 'none' && after !== before;
      if (after === 'forget')
        this.#setting.records.keepUntil(this.#setting.nowMs() + KEPT_ALONE_MS);
      if (isNew || isLate || this.#isEarlierThan(nextMs)) this.#arm(CONFIRM_AFTER_MS);
    };
  }

  /** A rollback reverts the alarm of its transaction, and a fired alarm is no longer set. */
  forget(): void {
    this.#armedMs = undefined;
  }

  /** Called after it fired, for the remaining work. */
  armNext(): void {
    this.#arm(this.#confirmDelayMs(), ALARM_DISTANCE_MS);
  }

  /** Sets the alarm if the process died before a fired one was set again, or if newer work is due earlier. */
  async repair(): Promise<void> {
    if (this.#duty() === 'none' && this.#nextMs() === Infinity) return;
    const armedMs = await this.#setting.storage.getAlarm();
    if (armedMs === null) {
      this.#arm(this.#confirmDelayMs());
      return;
    }
    this.#armedMs = armedMs;
    if (this.#isLate() && this.isUnconfirmed) this.#arm(CONFIRM_AFTER_MS);
  }

  /** Whether the next timer or action is, and the alarm is not set for an earlier time. */
  #isEarlierThan(beforeMs: number): boolean {
    const nextMs = this.#nextMs();
    return nextMs < beforeMs && nextMs < (this.#armedMs ?? Infinity);
  }

  /** Whether it is later than the check of a new event: the checks of older events are far apart. */
  #isLate(): boolean {
    return (this.#armedMs ?? 0) > this.#setting.nowMs() + 2 * CONFIRM_AFTER_MS;
  }

  #arm(confirmMs: number, distanceMs = 0): void {
    const nowMs = this.#setting.nowMs();
    const atMs = Math.min(this.#dutyAtMs(nowMs + confirmMs), this.#nextMs());
    if (!Number.isFinite(atMs)) return;
    const earliestMs = distanceMs === 0 ? ALARM_MS_MIN : nowMs + distanceMs;
    this.#armedMs = Math.min(Math.max(atMs, earliestMs), TIMER_MS_MAX);
    void this.#setting.storage.setAlarm(this.#armedMs);
  }

  #dutyAtMs(confirmAtMs: number): number {
    const duty = this.#duty();
    if (duty === 'recover') return this.#recoverAtMs();
    if (duty === 'confirm') return confirmAtMs;
    return duty === 'forget' ? this.#setting.records.keptUntilMs() : Infinity;
  }

  #recoverAtMs(): number {
    const { recovery, nowMs } = this.#setting;
    if (recovery.isSearching) return nowMs();
    const isDiverged = recovery.open?.divergedAt != null;
    return nowMs() + (isDiverged ? REMIND_DIVERGED_MS : RECOVER_AFTER_MS);
  }

  /** Of timers and actions. */
  #nextMs(): number {
    const { recovery, restoring, timers, actions } = this.#setting;
    if (recovery.open || restoring.open) return Infinity;
    return Math.min(timers.nextMs() ?? Infinity, actions.nextMs() ?? Infinity);
  }

  #confirmDelayMs(): number {
    const { log, nowMs } = this.#setting;
    const oldestMs = log.recordedAtMs(log.settledVersion() + 1) ?? nowMs();
    return confirmDelayMs(nowMs() - oldestMs, Math.random());
  }
}
