/** The result of a run, as it is published: plain figures. */
import type { ModelSetting } from './setting.ts';

export interface ModelLine extends ModelSetting {
  readonly appliedPerSecond: number;
  readonly lagMs: { readonly p50: number; readonly p99: number };
  readonly commandMs: { readonly p50: number; readonly p99: number };
  /** Commands of the whole run, and those that were not accepted. */
  readonly commands: number;
  readonly failed: number;
  readonly d1: {
    /** Asked of D1, refused ones too. */
    readonly callsPerSecond: number;
    readonly callsPerCommand: number;
    /** By what asks: the consumer, the objects' alarms. */
    readonly callsPerSecondOf: Readonly<Record<string, number>>;
    readonly refusedPerSecond: number;
    /** Of its thread's time; of several databases of each. */
    readonly utilisation: number;
    readonly rowsRead: number;
    readonly rowsWritten: number;
    readonly copyReads: number;
    readonly bytesPerCommand: number;
    readonly hoursUntilFull: number;
  };
  readonly batches: number;
  readonly batchesLost: number;
  readonly messages: number;
  readonly reminders: number;
  readonly messagesRefused: number;
  /** Calls of `metrics()`. */
  readonly queueReads: number;
  readonly retries: number;
  readonly dead: number;
  /** Events that D1 lacks at the end of the load. */
  readonly behind: number;
  /** From the end of the load until D1 has everything; only of a run that is drained. */
  readonly recoveredMs?: number;
  /** What D1 shows otherwise than the accepted commands; only of a run that is drained. */
  readonly wrong?: number;
  /** What gives way, the first one first. */
  readonly givesWay: readonly string[];
}
