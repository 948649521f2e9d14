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
}

/** Chosen by us: streams of one request, and requests side by side. */
const STREAMS_AT_ONCE = 25;
const LANES = 4;

/** Chosen by us: of the lines of a part, which are in memory. */
const PART_CHARACTERS = 8_000_000;

/** Chosen by us: under steady load there is always something newer. */
const NEWER_ROUNDS_MAX = 5;

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
    if (known && known.epoch !== begun.epoch) {
      throw new NoAnswer(
        'The database was restored since that export: begin a new one in another folder.',
        false,
      );
    }
    this.#manifest = known ?? {
      ...{ ledge: 'export', format: EXPORT_FORMAT, url: server.url },
      ...{ begunAt: new Date().toISOString(), finishedAt: null },
      ...{ epoch: begun.epoch, position: begun.head, sagas: begun.sagas },
      place: { step: 'sagas', after: { tenant: '', stream: '' } },
      ...{ parts: [], changing: 0 },
      totals: null,
    };
  }

  /** All streams that the database knows, sagas or the others. */
  async exportNamed(step: 'sagas' | 'others'): Promise<void> {
    const { place } = this.#manifest;
    if (place.step === 'newer' || (place.step === 'others' && step === 'sagas')) return;
    let after: StreamId | undefined =
      place.step === step ? place.after : { tenant: '', stream: '' };
    while (after) {
      const page = await streamNames(this.#given.server, after);
      const wanted = page.streams.filter((one) => this.#isSaga(one) === (step === 'sagas'));
      await this.#exportAll(wanted, (last) => ({ step, after: last }));
      after = page.after;
    }
    await this.#keep(
      step === 'sagas' ? { step: 'others', after: { tenant: '', stream: '' } } : { step: 'newer' },
    );
  }

  /** Streams that were created or have changed since their names were read, round by round until nothing has. */
  async exportNewer(): Promise<ExportManifest> {
    this.#kind = 'newer';
    let changing = 0;
    for (let round = 0; round < NEWER_ROUNDS_MAX; round++) {
      const { streams, position } = await newerStreams(this.#given.server, this.#manifest.position);
      // Each page of an export is in the audit trail, which so is always newer.
      const wanted =
        round === 0 ? streams : streams.filter((one) => aggregateOf(one.stream) !== AUDIT);
      changing = wanted.length;
      if (changing === 0) break;
      const sagas = wanted.filter((one) => this.#isSaga(one));
      const others = wanted.filter((one) => !this.#isSaga(one));
      for (const some of [sagas, others]) await this.#exportAll(some);
      await this.#keep({ step: 'newer' }, { position });
    }
    await this.#keep({ step: 'newer' });
    const totals = await this.#readBack();
    const finishedAt = new Date().toISOString();
    await this.#keep({ step: 'newer' }, { finishedAt, changing, totals });
    return this.#manifest;
  }

  /** Every part as it is on disk. */
  async #readBack(): Promise<ExportManifest['totals']> {
    const totals = { streams: 0, events: 0, commands: 0, timers: 0 };
    for await (const { closed } of this.#folder.newestStreams(this.#manifest)) {
      totals.streams += closed.length;
      for (const { version, commands, timers } of closed) {
        totals.events += version;
        totals.commands += commands;
        totals.timers += timers;
      }
      this.#given.show(`${totals.streams} streams read back.`);
    }
    return totals;
  }

  #isSaga({ stream }: StreamId): boolean {
    return this.#manifest.sagas.includes(aggregateOf(stream) ?? '');
  }

  async #exportAll(
    streams: readonly StreamId[],
    placeAfter?: (last: StreamId) => ExportManifest['place'],
  ): Promise<void> {
    const size = STREAMS_AT_ONCE * LANES;
    for (let start = 0; start < streams.length; start += size) {
      const batch = streams.slice(start, start + size);
      const lanes = Array.from({ length: LANES }, (_, lane) =>
        batch.slice(lane * STREAMS_AT_ONCE, (lane + 1) * STREAMS_AT_ONCE),
      );
      await Promise.all(lanes.map((some) => this.#exportSome(some)));
      const last = batch.at(-1);
      if (placeAfter && last && this.#parts.length > 0) await this.#keep(placeAfter(last));
      this.#given.show(`${this.#done} streams exported.`);
    }
  }

  async #exportSome(streams: readonly StreamId[]): Promise<void> {
    const open = new Map(streams.map((one) => [keyOf(one), new OpenStream(one)]));
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
    if (this.#characters >= PART_CHARACTERS) await this.#flush();
  }

  async #flush(): Promise<void> {
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

type AnsweredPage = z.output<typeof exportedPages>['pages'][number];

/** A stream of which pages are still to come. */
class OpenStream {
  readonly #id: StreamId;
  readonly #digest = new StreamDigest();
  #next: AnsweredPage['next'];
  #closed = { version: 0, eventId: '', commands: 0, timers: 0 };
  isClosed = false;

  constructor({ tenant, stream }: StreamId) {
    this.#id = { tenant, stream };
  }

  get wanted(): object {
    return { ...this.#id, ...(this.#next && { next: this.#next }) };
  }

  get closed() {
    return { ...this.#id, ...this.#closed, digest: this.#digest.text };
  }

  /** The lines of a page. */
  take({ next, ...page }: AnsweredPage): ExportLine[] {
    this.#digest.add(page.events);
    const { version, eventId, commands, timers } = page;
    this.#closed = {
      ...{ version, eventId },
      commands: this.#closed.commands + commands.length,
      timers: this.#closed.timers + timers.length,
    };
    this.#next = next;
    this.isClosed = next === undefined;
    return this.isClosed ? [{ page }, { closed: this.closed }] : [{ page }];
  }
}
