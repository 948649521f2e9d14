/**
 * Exports all streams of a deployment into a folder: sagas first, then the others, then what has changed since it began.
 * Resumes after the last part that the manifest names. An export that is whole is brought up to date: only what has changed
 * is read.
 */
import type * as z from 'zod';
import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import { aggregateOf } from '../../core/aggregate/stream.ts';
import { begunExport, exportedPages } from '../../core/operator-shapes/transfer.ts';
import { askAgain } from '../operations/ask-again.ts';
import { newerStreams, streamNames } from '../operations/listed-streams.ts';
import { NoAnswer, type Server } from '../operations/server.ts';
import { ExportFolder } from './export-folder.ts';
import {
  EXPORT_FORMAT,
  type ExportLine,
  type ExportManifest,
  type ExportPart,
  keyOf,
  StreamDigest,
  type StreamId,
} from './export-format.ts';

export interface DeploymentExport {
  readonly server: Server;
  readonly folder: string;
  readonly reason: string | undefined;
  readonly show: (text: string) => void;
  /** Of the lines of a part, which are in memory. Left out: PART_CHARACTERS. */
  readonly partCharacters?: number;
}

/** Chosen by us: streams of one request, and requests side by side. */
const STREAMS_AT_ONCE = 25;
const LANES = 4;

/** Chosen by us. */
const PART_CHARACTERS = 8_000_000;

/** Chosen by us: under steady load there is always something newer. */
const NEWER_ROUNDS_MAX = 5;

/** Before the first stream. */
const NOTHING: StreamId = { tenant: '', stream: '' };

const AUDIT = `${OWN_AGGREGATE_PREFIX}audit`;

/** @throws NoAnswer */
export async function exportDeployment(given: DeploymentExport): Promise<ExportManifest> {
  const running = new RunningExport(given);
  await running.begin();
  await running.exportNamed('sagas');
  await running.exportNamed('others');
  return running.exportNewer();
}

class RunningExport {
  readonly #given: DeploymentExport;
  readonly #folder: ExportFolder;
  #manifest!: ExportManifest;
  #kind: ExportPart['kind'] = 'all';
  #lines: ExportLine[] = [];
  #characters = 0;
  #done = 0;
  /** Written, and not in the manifest yet. */
  #parts: ExportPart[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(given: DeploymentExport) {
    this.#given = given;
    this.#folder = new ExportFolder(given.folder);
  }

  async begin(): Promise<void> {
    const { server, reason } = this.#given;
    const known = await this.#folder.manifest();
    if (known && known.url !== server.url) {
      throw new NoAnswer(`${this.#given.folder} has an export of ${known.url}.`, false);
    }
    const input = reason === undefined ? {} : { reason };
    const begun = await this.#ask('/v1/export/begin', input, begunExport);
    const databases = begun.databases.map(({ head: position, ...one }) => ({ ...one, position }));
    if (known && !isSameDatabases(known.databases, databases)) {
      const text = 'A database was restored or added since that export';
      throw new NoAnswer(`${text}: begin a new one in another folder.`, false);
    }
    this.#manifest = known ?? {
      ...{ ledge: 'export', format: EXPORT_FORMAT, url: server.url },
      ...{ begunAt: new Date().toISOString(), finishedAt: null },
      ...{ databases, sagas: begun.sagas },
      place: { step: 'sagas', database: '', after: NOTHING },
      ...{ parts: [], changing: 0 },
      totals: null,
    };
  }

  /** All streams that the databases know, sagas or the others. */
  async exportNamed(step: 'sagas' | 'others'): Promise<void> {
    const { place, databases } = this.#manifest;
    if (place.step === 'newer' || (place.step === 'others' && step === 'sagas')) return;
    const names = databases.map(({ name }) => name);
    const first = place.step === step ? Math.max(names.indexOf(place.database), 0) : 0;
    for (const [index, database] of names.slice(first).entries()) {
      const after = place.step === step && index === 0 ? place.after : NOTHING;
      await this.#exportDatabase(step, database, after);
    }
    await this.#keep(
      step === 'sagas' ? { step: 'others', database: '', after: NOTHING } : { step: 'newer' },
    );
  }

  async #exportDatabase(step: 'sagas' | 'others', database: string, from: StreamId): Promise<void> {
    const server = { ...this.#given.server, database };
    for (let after: StreamId | undefined = from; after; ) {
      const page: Awaited<ReturnType<typeof streamNames>> = await streamNames(server, after);
      const wanted = page.streams.filter((one) => this.#isSaga(one) === (step === 'sagas'));
      await this.#exportAll(database, wanted, ({ tenant, stream }) => {
        return { step, database, after: { tenant, stream } };
      });
      after = page.after;
    }
  }

  /** Streams that were created or have changed since their names were read, round by round until nothing has. */
  async exportNewer(): Promise<ExportManifest> {
    this.#kind = 'newer';
    let changing = 0;
    for (let round = 0; round < NEWER_ROUNDS_MAX; round++) {
      changing = 0;
      for (const { name } of this.#manifest.databases) changing += await this.#newerOf(name, round);
      if (changing === 0) break;
    }
    await this.#keep({ step: 'newer' });
    const totals = await this.#readBack();
    const finishedAt = new Date().toISOString();
    await this.#keep({ step: 'newer' }, { finishedAt, changing, totals });
    return this.#manifest;
  }

  /** How many there were. */
  async #newerOf(database: string, round: number): Promise<number> {
    const { databases } = this.#manifest;
    const from = databases.find(({ name }) => name === database)?.position ?? 0;
    const { streams, position } = await newerStreams({ ...this.#given.server, database }, from);
    // Each page of an export is in the audit trail, which so is always newer.
    const wanted = streams.filter(({ stream }) => round === 0 || aggregateOf(stream) !== AUDIT);
    if (wanted.length === 0) return 0;
    const sagas = wanted.filter((one) => this.#isSaga(one));
    const others = wanted.filter((one) => !this.#isSaga(one));
    for (const some of [sagas, others]) await this.#exportAll(database, some);
    const moved = databases.map((one) => (one.name === database ? { ...one, position } : one));
    await this.#keep({ step: 'newer' }, { databases: moved });
    return wanted.length;
  }

  /** Every part as it is on disk. */
  async #readBack(): Promise<ExportManifest['totals']> {
    const totals = { streams: 0, events: 0, commands: 0, timers: 0, actions: 0, subjectKeys: 0 };
    for await (const { closed } of this.#folder.newestStreams(this.#manifest)) {
      totals.streams += closed.length;
      for (const { version, commands, timers, actions, subjectKeys } of closed) {
        totals.events += version;
        totals.commands += commands;
        totals.timers += timers;
        totals.actions += actions;
        totals.subjectKeys += subjectKeys;
      }
      this.#given.show(`${totals.streams} streams read back.`);
    }
    return totals;
  }

  #isSaga({ stream }: StreamId): boolean {
    return this.#manifest.sagas.includes(aggregateOf(stream) ?? '');
  }

  async #exportAll(
    database: string,
    streams: readonly StreamId[],
    placeAfter?: (last: StreamId) => ExportManifest['place'],
  ): Promise<void> {
    const size = STREAMS_AT_ONCE * LANES;
    for (let start = 0; start < streams.length; start += size) {
      const batch = streams.slice(start, start + size);
      const lanes = Array.from({ length: LANES }, (_, lane) =>
        batch.slice(lane * STREAMS_AT_ONCE, (lane + 1) * STREAMS_AT_ONCE),
      );
      await Promise.all(lanes.map((some) => this.#exportSome(database, some)));
      const last = batch.at(-1);
      if (placeAfter && last && this.#parts.length > 0) await this.#keep(placeAfter(last));
      this.#given.show(`${this.#done} streams exported.`);
    }
  }

  async #exportSome(database: string, streams: readonly StreamId[]): Promise<void> {
    const reading = this.#manifest.parts.length;
    const open = new Map(
      streams.map((one) => [keyOf(one), new OpenStream(database, one, reading)]),
    );
    while (open.size > 0) {
      const wanted = Array.from(open.values(), (one) => one.wanted);
      const answer = await this.#ask('/v1/export/pages', { streams: wanted }, exportedPages);
      const [left] = answer.left;
      if (left) {
        throw new NoAnswer(
          `${keyOf(left)} could not be exported: ${left.because} What is exported so far is kept; run it again.`,
          false,
        );
      }
      for (const page of answer.pages) {
        const stream = open.get(keyOf(page));
        const lines = stream?.take(page) ?? [];
        if (stream?.isClosed) {
          open.delete(keyOf(page));
          this.#done++;
        }
        await this.#add(lines);
      }
    }
  }

  async #add(lines: readonly ExportLine[]): Promise<void> {
    this.#lines.push(...lines);
    for (const line of lines) this.#characters += JSON.stringify(line).length;
    const { partCharacters = PART_CHARACTERS } = this.#given;
    if (this.#characters >= partCharacters) await this.#flush();
  }

  /** One part after the other: each has its number and its place by the order in which its lines came. */
  #flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#writePart());
    return this.#flushing;
  }

  async #writePart(): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    [this.#lines, this.#characters] = [[], 0];
    const number = this.#manifest.parts.length + this.#parts.length + 1;
    this.#parts.push(await this.#folder.write(number, this.#kind, lines));
  }

  async #keep(place: ExportManifest['place'], more: Partial<ExportManifest> = {}): Promise<void> {
    await this.#flush();
    const parts = [...this.#manifest.parts, ...this.#parts];
    this.#parts = [];
    const open = { finishedAt: null, totals: null };
    this.#manifest = { ...this.#manifest, ...open, ...more, place, parts };
    await this.#folder.keep(this.#manifest);
  }

  #ask<Shape>(path: string, input: object, shape: z.ZodType<Shape, Shape>): Promise<Shape> {
    return askAgain(this.#given.server, { method: 'POST', path, input }, shape);
  }
}

type Databases = ExportManifest['databases'];

function isSameDatabases(one: Databases, other: Databases): boolean {
  const named = (databases: Databases) => databases.map(({ name, epoch }) => `${name} ${epoch}`);
  return named(one).join() === named(other).join();
}

type AnsweredPage = z.output<typeof exportedPages>['pages'][number];

/** A stream of which pages are still to come. */
class OpenStream {
  readonly #database: string;
  readonly #reading: number;
  readonly #id: StreamId;
  readonly #digest = new StreamDigest();
  #next: AnsweredPage['next'];
  #closed = { version: 0, eventId: '', commands: 0, timers: 0, actions: 0, subjectKeys: 0 };
  isClosed = false;

  constructor(database: string, { tenant, stream }: StreamId, reading: number) {
    this.#database = database;
    this.#reading = reading;
    this.#id = { tenant, stream };
  }

  get wanted(): object {
    return { ...this.#id, ...(this.#next && { next: this.#next }) };
  }

  get closed() {
    const { text: digest } = this.#digest;
    return { ...this.#id, database: this.#database, ...this.#closed, digest };
  }

  /** The lines of a page. */
  take({ next, ...page }: AnsweredPage): ExportLine[] {
    this.#digest.add(page.events);
    const { version, eventId, commands, timers, actions, subjectKeys } = page;
    this.#closed = {
      ...{ version, eventId },
      commands: this.#closed.commands + commands.length,
      timers: this.#closed.timers + timers.length,
      actions: this.#closed.actions + actions.length,
      subjectKeys: this.#closed.subjectKeys + subjectKeys.length,
    };
    this.#next = next;
    this.isClosed = next === undefined;
    const reading = this.#reading;
    return [{ reading, page }, ...(this.isClosed ? [{ reading, closed: this.closed }] : [])];
  }
}
