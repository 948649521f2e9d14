/**
 * Restores an empty deployment from an export: all streams into their objects, then all of them released, then D1 brought
 * up to them, then everything compared with the export. Each step changes nothing where it was done before, so a restore that
 * was interrupted is run again.
 */
import { OWN_AGGREGATE_PREFIX, OWN_TENANT } from '../../core/access/own-tenant.ts';
import { tenant as tenantAggregate } from '../../core/access/tenant.ts';
import { aggregateOf, parseStreamName } from '../../core/aggregate/stream.ts';
import {
  claimedDeployment,
  type ExportedPages,
  exportedPages,
  type RestoredStreams,
  restoredStreams,
} from '../../core/operator-shapes/transfer.ts';
import { subject } from '../../core/personal/subject.ts';
import type { TransferPage } from '../../core/protocol/stream-transfer.ts';
import { runsWithinBytes } from '../../core/values/bytes.ts';
import { ExportFolder, type NewestStreams } from '../export/export-folder.ts';
import {
  type ClosedStream,
  type ExportManifest,
  keyOf,
  partsDigest,
  StreamDigest,
  type StreamId,
} from '../export/export-format.ts';
import { askAgain } from '../operations/ask-again.ts';
import { inBatches } from '../operations/in-batches.ts';
import { streamNames } from '../operations/listed-streams.ts';
import { NoAnswer, type Server } from '../operations/server.ts';
import type { DisplayedProgress } from '../progress-display.ts';
import { type ForgottenRegister, openRegister } from '../subjects/forgotten-register.ts';
import { bringStreams, type LeftStream } from './bring-streams.ts';
import { type AppliedRegister, forgetAgain } from './forget-again.ts';

export interface ExportRestore {
  readonly server: Server;
  readonly folder: string;
  readonly show: (progress: DisplayedProgress) => void;
  /** A register of forgettings. */
  readonly forgotten?: string | undefined;
}

export interface RestoredExport {
  /** Each stream of the export once. */
  readonly streams: number;
  readonly events: number;
  /** Records of its own operation that the new deployment has already: the exported ones stay in the export alone. */
  readonly skipped: readonly string[];
  /** By the register; left out where none was given. */
  readonly forgotten?: AppliedRegister;
  /** Streams that are not as they are in the export, or not in D1, with the reason. */
  readonly left: readonly LeftStream[];
}

/** Chosen by us, below the server's limit: of the pages of a request. */
const PAGES_CHARACTERS = 1_000_000;
const STREAMS_AT_ONCE = 50;
const LANES = 4;

/**
 * The trail of a day, the list of keys, which has the key under which the restore is done, and the claim of the restore.
 */
const OPERATION = ['audit', 'keys', 'restore'].map((name) => `${OWN_AGGREGATE_PREFIX}${name}`);

/** Over the parts of the export, without and with a register. */
const PASSES = 7;
const PASSES_WITH_REGISTER = 9;

type RestoredStream = RestoredStreams['streams'][number];

/** @throws NoAnswer */
export async function restoreExport(given: ExportRestore): Promise<RestoredExport> {
  const folder = new ExportFolder(given.folder);
  const manifest = await folder.manifest();
  if (!manifest) throw new NoAnswer(`There is no export in ${given.folder}.`, false);
  if (manifest.finishedAt === null) {
    throw new NoAnswer(
      `The export in ${given.folder} is not whole: run it to its end first.`,
      false,
    );
  }
  return new RunningRestore(given, folder, manifest).run();
}

class RunningRestore {
  readonly #given: ExportRestore;
  readonly #folder: ExportFolder;
  readonly #manifest: ExportManifest;
  readonly #left = new Map<string, string>();
  readonly #skipped = new Set<string>();
  readonly #tenants = new Set<string>();
  #forgotten: AppliedRegister | undefined;
  /** Over the export, that are done. */
  #passes = 0;
  readonly #passesMax: number;

  constructor(given: ExportRestore, folder: ExportFolder, manifest: ExportManifest) {
    this.#given = given;
    this.#folder = folder;
    this.#manifest = manifest;
    this.#passesMax = given.forgotten === undefined ? PASSES : PASSES_WITH_REGISTER;
  }

  async run(): Promise<RestoredExport> {
    const { forgotten: path } = this.#given;
    const register = path === undefined ? undefined : await openRegister(path, this.#manifest.url);
    await this.#each('read', async ({ closed }) => this.#noteTenants(closed));
    await this.#requireEmpty();
    await this.#claim();
    // Where a tenant lives is in its stream, and so is the place of all of its objects.
    await this.#each('of the directory stored', ({ pages }) => this.#store(pages.filter(isOwn)));
    if (register) await this.#apply(register);
    if (this.#left.size > 0) return this.#result();
    await this.#each('stored', ({ pages }) => this.#store(pages.filter((one) => !isOwn(one))));
    // A command to a stream that is not there yet would begin it.
    if (this.#left.size > 0) return this.#result();
    await this.#each('released', ({ closed }) => this.#release(closed));
    // D1 takes no stream of a tenant that it does not know.
    await this.#each('of the directory in D1', ({ closed }) => this.#bring(closed.filter(isOwn)));
    await this.#each('in D1', ({ closed }) => this.#bring(closed.filter((one) => !isOwn(one))));
    await this.#each('compared', ({ closed }) => this.#compare(closed));
    return this.#result();
  }

  #result(): RestoredExport {
    const { streams = 0, events = 0 } = this.#manifest.totals ?? {};
    const left = Array.from(this.#left, ([key, because]) => ({ key, because }));
    const forgotten = this.#forgotten && { forgotten: this.#forgotten };
    return { streams, events, skipped: [...this.#skipped], left, ...forgotten };
  }

  #noteTenants(closed: readonly ClosedStream[]): void {
    for (const { tenant, stream } of closed) {
      const own = parseStreamName(stream);
      this.#tenants.add(own?.aggregate === tenantAggregate.name ? own.id : tenant);
    }
  }

  /** Subjects are the first streams that go on: what they have sealed is stored after those of the register are forgotten. */
  async #apply(register: ForgottenRegister): Promise<void> {
    await this.#each('of subjects stored', ({ pages }) => this.#store(pages.filter(isSubject)));
    if (this.#left.size > 0) return;
    await this.#each('of subjects released', ({ closed }) =>
      this.#release(closed.filter(isSubject)),
    );
    if (this.#left.size > 0) return;
    const applied = await forgetAgain(this.#given.server, register, this.#tenants);
    this.#forgotten = applied.counts;
    for (const { key, because } of applied.left) this.#left.set(key, because);
  }

  /** It has no streams but those of its own operation, or this restore was begun before. */
  async #requireEmpty(): Promise<void> {
    const { server, folder } = this.#given;
    if (await this.#folder.isRestoredTo(server.url)) return;
    for (const { name: database } of this.#manifest.databases) {
      const found = await this.#foreignStream({ ...server, database });
      if (!found) continue;
      const text = `The deployment at ${server.url} is not empty: it has ${found}. Nothing was done. An export is restored into an empty one; ${folder} was not restored into this one before.`;
      throw new NoAnswer(text, false);
    }
    await this.#folder.noteRestore(server.url);
  }

  /** For this export alone: of two at once that are not the same one is refused. */
  async #claim(): Promise<void> {
    const input = { export: partsDigest(this.#manifest) };
    const request = { method: 'POST', path: '/v1/restore/claim', input } as const;
    await askAgain(this.#given.server, request, claimedDeployment);
  }

  async #foreignStream(server: Server): Promise<string | undefined> {
    for (let after: StreamId | undefined = { tenant: '', stream: '' }; after; ) {
      const page: Awaited<ReturnType<typeof streamNames>> = await streamNames(server, after);
      const found = page.streams.find((one) => !isOwn(one) && !isOfOperation(one));
      if (found) return keyOf(found);
      after = page.after;
    }
    return undefined;
  }

  async #each(done: string, step: (part: NewestStreams) => Promise<void>): Promise<void> {
    let streams = 0;
    for await (const part of this.#folder.newestStreams(this.#manifest)) {
      await step(part);
      streams += part.closed.length;
      const { streams: total = 0 } = this.#manifest.totals ?? {};
      const share = (this.#passes + streams / Math.max(total, 1)) / this.#passesMax;
      this.#given.show({ share, text: `${streams} of ${total} streams ${done}.` });
    }
    this.#passes++;
  }

  /** Pages of a stream are sent in their order. */
  async #store(pages: readonly TransferPage[]): Promise<void> {
    const requests = runsWithinBytes(
      pages.slice(),
      (page) => JSON.stringify(page).length,
      PAGES_CHARACTERS,
    );
    for (const run of requests) {
      for (const some of inBatches(run, STREAMS_AT_ONCE)) {
        const input = { pages: some };
        for (const one of await this.#ask('/v1/restore/rows', input)) this.#note(one, 'restoring');
      }
    }
  }

  async #release(closed: readonly ClosedStream[]): Promise<void> {
    const wanted = closed.filter((one) => !this.#isSkipped(one));
    await this.#side(wanted, async (some) => {
      const streams = some.map(({ digest: _digest, database: _database, ...one }) => one);
      for (const one of await this.#ask('/v1/restore/release', { streams })) {
        this.#note(one, 'whole');
      }
    });
  }

  #note(one: RestoredStream, wanted: RestoredStream['state']): void {
    if (one.state === wanted || one.state === 'whole') return;
    if (one.state === 'occupied' && isOfOperation(one)) {
      this.#skipped.add(keyOf(one));
      return;
    }
    const texts = {
      restoring: 'it is not released',
      occupied: `it has other events there, up to version ${one.version}; they were left alone`,
      incomplete: `pages are missing: it has version ${one.version}`,
      failed: one.because ?? '',
    };
    this.#left.set(keyOf(one), texts[one.state]);
  }

  #isSkipped(one: StreamId): boolean {
    return this.#skipped.has(keyOf(one));
  }

  async #bring(closed: readonly ClosedStream[]): Promise<void> {
    const wanted = closed.filter((one) => !this.#isSkipped(one));
    for (const [database, streams] of Map.groupBy(wanted, (one) => one.database)) {
      const server = { ...this.#given.server, database };
      const left = await bringStreams({ server, streams, brought: async () => undefined });
      for (const { key, because } of left) this.#left.set(key, because);
    }
  }

  /** Up to the version of the export: a stream may have gone on, its timers fire. */
  async #compare(closed: readonly ClosedStream[]): Promise<void> {
    const wanted = closed.filter((one) => !this.#isSkipped(one) && one.version > 0);
    await this.#side(wanted, async (some) => {
      const open = new Map(some.map((one) => [keyOf(one), new ComparedStream(one)]));
      while (open.size > 0) {
        const streams = Array.from(open.values(), ({ wanted: place }) => place);
        const request = { method: 'POST', path: '/v1/export/pages', input: { streams } } as const;
        const { pages, left } = await askAgain(this.#given.server, request, exportedPages);
        for (const one of left) this.#different(open, one, one.because);
        for (const page of pages) {
          const stream = open.get(keyOf(page));
          if (stream?.take(page)) continue;
          if (stream?.isSame) open.delete(keyOf(page));
          else this.#different(open, page, 'its events are not those of the export');
        }
      }
    });
  }

  #different(open: Map<string, ComparedStream>, one: StreamId, because: string): void {
    open.delete(keyOf(one));
    this.#left.set(keyOf(one), because);
  }

  /** Some at once, and some requests side by side. */
  async #side(
    streams: readonly ClosedStream[],
    step: (some: ClosedStream[]) => Promise<void>,
  ): Promise<void> {
    const batches = inBatches(streams, STREAMS_AT_ONCE);
    const lane = async () => {
      for (const some of batches) await step(some);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async #ask(path: string, input: object): Promise<readonly RestoredStream[]> {
    const request = { method: 'POST', path, input } as const;
    return (await askAgain(this.#given.server, request, restoredStreams)).streams;
  }
}

function isOwn({ tenant }: StreamId): boolean {
  return tenant === OWN_TENANT;
}

function isSubject({ stream }: StreamId): boolean {
  return aggregateOf(stream) === subject.name;
}

function isOfOperation({ stream }: StreamId): boolean {
  return OPERATION.includes(aggregateOf(stream) ?? '');
}

type Page = ExportedPages['pages'][number];

/** A stream whose digest is made again from the restored object. */
class ComparedStream {
  readonly #stream: ClosedStream;
  readonly #digest = new StreamDigest();
  #next: NonNullable<Page['next']>;

  constructor(stream: ClosedStream) {
    this.#stream = stream;
    this.#next = { upTo: stream.version, events: 0 };
  }

  get wanted(): object {
    const { tenant, stream } = this.#stream;
    return { tenant, stream, next: this.#next };
  }

  /** Whether more pages of events follow. */
  take({ events, next }: Page): boolean {
    this.#digest.add(events);
    const isMore = next !== undefined && next.commands === undefined;
    if (isMore) this.#next = next;
    return isMore;
  }

  get isSame(): boolean {
    return this.#digest.text === this.#stream.digest;
  }
}
