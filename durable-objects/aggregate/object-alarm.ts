/**
 * The object's one alarm, for whatever comes first: the next timer, the next look at what is unconfirmed, or the end of
 * outcomes without a stream. When it is armed follows from what is stored; nothing else sets it.
 */
import { TIMER_MS_MAX } from '../../core/aggregate/timer-command.ts';
import { ALARM_DISTANCE_MS } from '../alarm.ts';
import type { CommandRecords } from './command-records.ts';
import { CONFIRM_AFTER_MS, confirmDelayMs } from './confirm-relay.ts';
import type { EventLog } from './event-log.ts';
import type { Timers } from './timers.ts';

/** How long outcomes are kept where nothing ever happened, after the last of them. Ours: retries end within minutes. */
const KEPT_ALONE_MS = 86_400_000;

/** The platform refuses 0 and times before. */
const ALARM_MS_MIN = 1;

export interface AlarmSetting {
  readonly storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>;
  readonly log: EventLog;
  readonly records: CommandRecords;
  readonly timers: Timers;
  readonly nowMs: () => number;
}

export class ObjectAlarm {
  readonly #setting: AlarmSetting;
  /** When it is armed for, as far as this memory knows. */
  #armedMs: number | undefined;

  constructor(setting: AlarmSetting) {
    this.#setting = setting;
  }

  get isUnconfirmed(): boolean {
    return this.#duty() === 'confirm';
  }

  /** Whether all that is stored is outcomes of commands that came to nothing, and their time has passed. */
  get isForgettable(): boolean {
    return (
      this.#duty() === 'forget' && this.#setting.records.keptUntilMs() <= this.#setting.nowMs()
    );
  }

  /** What it is armed for, beside timers. */
  #duty(): 'confirm' | 'forget' | 'none' {
    const { log, timers } = this.#setting;
    // Before the first write this is known without a read.
    const confirmed = log.confirmedVersion();
    const { version } = log.head();
    if (version > 0) return confirmed < version ? 'confirm' : 'none';
    return log.isStored && timers.isEmpty ? 'forget' : 'none';
  }

  /**
   * Before a write; what it returns arms the alarm, after the write and in its transaction. One is armed already while
   * something is unconfirmed, and for the next timer, so most writes need none.
   */
  beforeWrite(): () => void {
    const before = this.#duty();
    const isLate = before === 'confirm' && this.#isLate();
    const timerMs = this.#nextTimerMs();
    return () => {
      // Events stay: what was to be confirmed still is, and need not be read again.
      const after = before === 'confirm' ? before : this.#duty();
      const isNew = after !== 'none' && after !== before;
      if (after === 'forget')
        this.#setting.records.keepUntil(this.#setting.nowMs() + KEPT_ALONE_MS);
      if (isNew || isLate || this.#nextTimerMs() < timerMs) this.#arm(CONFIRM_AFTER_MS);
    };
  }

  /** A rolled back transaction has taken its alarm with it; a fired one is used up. */
  forget(): void {
    this.#armedMs = undefined;
  }

  /** After it fired, for what is left to do. */
  armNext(): void {
    this.#arm(this.#confirmDelayMs(), ALARM_DISTANCE_MS);
  }

  /** If the process died before a fired alarm was set again, or it lies too far away for what came since. */
  async repair(): Promise<void> {
    if (this.#duty() === 'none' && this.#nextTimerMs() === Infinity) return;
    const armedMs = await this.#setting.storage.getAlarm();
    if (armedMs === null) {
      this.#arm(this.#confirmDelayMs());
      return;
    }
    this.#armedMs = armedMs;
    if (this.#isLate() && this.isUnconfirmed) this.#arm(CONFIRM_AFTER_MS);
  }

  /** Whether it comes later than a new event may wait for it: the looks of older events lie far apart. */
  #isLate(): boolean {
    return (this.#armedMs ?? 0) > this.#setting.nowMs() + 2 * CONFIRM_AFTER_MS;
  }

  #arm(confirmMs: number, distanceMs = 0): void {
    const nowMs = this.#setting.nowMs();
    const atMs = Math.min(this.#dutyAtMs(nowMs + confirmMs), this.#nextTimerMs());
    if (!Number.isFinite(atMs)) return;
    const earliestMs = distanceMs === 0 ? ALARM_MS_MIN : nowMs + distanceMs;
    this.#armedMs = Math.min(Math.max(atMs, earliestMs), TIMER_MS_MAX);
    void this.#setting.storage.setAlarm(this.#armedMs);
  }

  #dutyAtMs(confirmAtMs: number): number {
    const duty = this.#duty();
    if (duty === 'confirm') return confirmAtMs;
    return duty === 'forget' ? this.#setting.records.keptUntilMs() : Infinity;
  }

  #nextTimerMs(): number {
    return this.#setting.timers.nextMs() ?? Infinity;
  }

  #confirmDelayMs(): number {
    const { log, nowMs } = this.#setting;
    const oldestMs = log.recordedAtMs(log.confirmedVersion() + 1) ?? nowMs();
    return confirmDelayMs(nowMs() - oldestMs, Math.random());
  }
}
