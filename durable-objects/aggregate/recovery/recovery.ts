/**
 * The way back of one object that the platform restored to an earlier time: its log is shorter than the journal, and its
 * next command would use versions again. Once it knows, it takes no command until it has its events back. Where it has
 * taken one before, log and journal have diverged: neither is overwritten, and an operator decides.
 */
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { Incident, ResolvedIncident } from '../../../core/failures/incident.ts';
import { KnownFault } from '../../../core/failures/known-fault.ts';
import type { AggregateStorage } from '../aggregate-storage.ts';
import type { Report } from '../report.ts';
import { type Divergence, JournalWalk, type ReadStreamJournal } from './journal-walk.ts';
import type { OpenRecovery, RecoveryState } from './recovery-state.ts';
import { divergedText, restoredRefusal, restoredText } from './restored-texts.ts';
import { deriveTimers, takeBack } from './take-back.ts';

/** How far D1's primary has the stream, and the journal's newest position. */
export interface JournalEnd {
  /** The stream's version in the journal. */
  readonly version: number;
  /** The version that every live projection has, too. */
  readonly settled: number;
  readonly position: number;
}

/** The result of a run. */
export interface RecoveryRun {
  /** `searching`: another run continues. `whole`: the log has what the journal has. */
  readonly state: 'whole' | 'searching' | 'diverged';
  /** The version of the log. */
  readonly version: number;
  readonly journalVersion: number;
  /** The events that this run has taken back. */
  readonly taken: number;
  readonly divergence?: Divergence | undefined;
}

export interface RecoverySetting {
  readonly storage: AggregateStorage;
  readonly tenant: string;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly journalEnd: () => Promise<JournalEnd>;
  readonly readJournal: ReadStreamJournal;
  readonly incidents: {
    readonly report: (incident: Incident) => Promise<unknown>;
    readonly resolve: (resolved: ResolvedIncident) => Promise<unknown>;
  };
  /** Called once the log is whole, where it had lost events. */
  readonly parked: () => void;
  /** Keeps the object awake until the promise is settled. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly report: Report;
}

export class Recovery {
  readonly #setting: RecoverySetting;
  #running: Promise<RecoveryRun> | undefined;
  /** The walk so far, which the next run continues. */
  #walk: { readonly end: JournalEnd; readonly walk: JournalWalk } | undefined;

  constructor(setting: RecoverySetting) {
    this.#setting = setting;
  }

  get isOpen(): boolean {
    return this.#state.open !== undefined;
  }

  /** Why no command is taken now; undefined if they are. */
  refusal(): Extract<Failure, { outcome: 'unavailable' }> | undefined {
    const { open } = this.#state;
    return open && restoredRefusal(this.#setting.storage.log.stream, open);
  }

  /** Notes that D1 has a version, or an event there, that the log has not, and begins to take the events back. */
  begin(journalVersion: number): void {
    const known = this.#state.open;
    if (known && journalVersion <= known.journalVersion) return;
    this.#keep({ journalVersion, divergedAt: known?.divergedAt ?? null });
    if (known) return;
    this.#setting.report('error', { operation: 'recover', note: 'the object was restored' });
    this.#setting.waitUntil(this.#reportIncident().then(() => this.attempt()));
  }

  /** Never rejects: the alarm tries again. */
  async attempt(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      this.#setting.report('error', { operation: 'recover', error });
      await this.#reportIncident(error);
    }
  }

  /** Takes back what the log lacks, or a part of it. Calls at the same time share one run. @throws D1's errors */
  run(): Promise<RecoveryRun> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<RecoveryRun> {
    const { log } = this.#setting.storage;
    this.#walk ??= await this.#begun();
    const { end, walk } = this.#walk;
    this.#state.isSearching = !(await walk.goBack());
    if (this.#state.isSearching) {
      return this.#answer('searching', end);
    }
    this.#walk = undefined;
    const { divergence } = walk;
    if (divergence) {
      await this.#diverged(divergence, end);
      return this.#answer('diverged', end, { divergence });
    }
    const taken = end.version > log.head().version ? await this.#takeAll(walk) : 0;
    const { version } = log.head();
    if (version < end.version) {
      throw new KnownFault(
        `The journal lacks events of the stream: it has version ${version} of ${end.version}.`,
      );
    }
    await this.#closed(end, taken);
    return this.#answer(this.isOpen ? 'searching' : 'whole', end, { taken });
  }

  async #begun() {
    const { storage, journalEnd, readJournal } = this.#setting;
    const end = await journalEnd();
    if (end.version > storage.log.head().version) this.begin(end.version);
    // A stream that the journal does not know has nothing there to look for.
    const position = end.version === 0 ? 0 : end.position;
    return { end, walk: new JournalWalk(storage.log, readJournal, position) };
  }

  async #takeAll(walk: JournalWalk): Promise<number> {
    let taken = 0;
    for await (const page of walk.forwards()) taken += takeBack(this.#setting.storage, page);
    return taken;
  }

  async #diverged({ version, log, journal }: Divergence, end: JournalEnd): Promise<void> {
    this.#keep({ journalVersion: end.version, divergedAt: version });
    this.#setting.report('error', { operation: 'recover', note: 'log and journal have diverged' });
    await this.#setting.incidents.report({
      ...this.#place(),
      ...divergedText(this.#setting.storage.log.stream, { version, log, journal }),
    });
  }

  /**
   * The object takes commands again, unless the journal has more by now. The alarm asks D1 for what else is confirmed.
   */
  async #closed(end: JournalEnd, taken: number): Promise<void> {
    const { storage, incidents, report, journalEnd } = this.#setting;
    const { log, recovery } = storage;
    const isOutdated = (recovery.open?.journalVersion ?? 0) > end.version;
    const newest = isOutdated ? await journalEnd() : end;
    this.#state.isSearching = newest.version > log.head().version;
    if (this.#state.isSearching) return;
    if (recovery.open) {
      storage.commit(() => {
        recovery.end();
        log.confirm(Math.min(newest.settled, log.head().version));
        if (taken > 0) deriveTimers(storage, this.#setting);
        if (taken > 0) storage.actions.parkPending();
      });
      this.#setting.parked();
      report('warn', { operation: 'recover', events: taken, note: 'the object is whole again' });
    }
    await incidents.resolve(this.#place());
  }

  #answer(
    state: RecoveryRun['state'],
    end: JournalEnd,
    found: Partial<Pick<RecoveryRun, 'taken' | 'divergence'>> = {},
  ): RecoveryRun {
    const { version } = this.#setting.storage.log.head();
    return { state, version, journalVersion: end.version, taken: 0, ...found };
  }

  get #state(): RecoveryState {
    return this.#setting.storage.recovery;
  }

  #keep(open: OpenRecovery): void {
    const { storage } = this.#setting;
    storage.commit(() => storage.recovery.keep(open));
  }

  async #reportIncident(error?: unknown): Promise<void> {
    const { open } = this.#state;
    // What has diverged was reported with its events.
    if (!open || open.divergedAt !== null) return;
    const { version } = this.#setting.storage.log.head();
    await this.#setting.incidents.report({
      ...this.#place(),
      ...restoredText(this.#setting.storage.log.stream, { version, ...open }, error),
    });
  }

  #place() {
    const { storage, tenant } = this.#setting;
    const { stream } = storage.log;
    const version = Math.max(this.#state.open?.journalVersion ?? 0, storage.log.head().version);
    return { tenant, stream, kind: 'restored', version, settledVersion: version } as const;
  }
}
