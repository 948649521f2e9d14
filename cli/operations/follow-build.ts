/**
 * Watches builds to their end by polling the status of the projection. The build runs on the server and
 * goes on without being watched: to stop watching stops nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ProjectionStatus,
  projectionStatus,
} from '../../core/operator-shapes/projection-status.ts';
import { commandText } from '../../core/package-name.ts';
import { type DisplayedProgress, openProgressDisplay } from '../progress-display.ts';
import { type BuildEnding, endingOf, restingText } from './build-ending.ts';
import { findGeneration, type GenerationId } from './find-generation.ts';
import { ask, NoAnswer, type Server } from './server.ts';
import { buildText, generationLabel, obstacleText, shareDone } from './status-text.ts';

export interface BuildWatch {
  /** Nothing is shown on the way. */
  readonly isQuiet: boolean;
  /** Ends the watching. */
  readonly signal: AbortSignal;
  /** A server that restarts is waited for so long. */
  readonly outageMsMax: number;
}

export interface Followed {
  readonly ending: BuildEnding;
  readonly status: ProjectionStatus;
}

const POLL_MS = 500;

/** Chosen by us: what takes a page longer is in trouble. */
const STANDSTILL_MS = 15_000;

/** One build. `first` is how the projection stood a moment ago. */
async function followBuild(
  server: Server,
  id: GenerationId,
  first: ProjectionStatus,
  watch: BuildWatch,
): Promise<Followed> {
  const standstill = new Standstill();
  const label = generationLabel(first, id);
  const display = watch.isQuiet ? undefined : openProgressDisplay(label);
  try {
    for (let seen = first, now = first; ; seen = now, now = await look(server, first.name, watch)) {
      const ending = endingOf(id, seen, now);
      if (ending) return { ending, status: now };
      display?.show(() => progressOf(id, now, standstill));
      if (await isStopped(watch)) return { ending: letBe(label, first.name), status: now };
    }
  } finally {
    display?.end();
  }
}

/**
 * The builds of one operation, each of a database. `first` has them under way: one that ends while another is watched is
 * found as it has ended.
 */
export async function followBuilds(
  server: Server,
  ids: readonly GenerationId[],
  first: ProjectionStatus,
  watch: BuildWatch,
): Promise<Followed> {
  const endings: BuildEnding[] = [];
  let status = first;
  for (const id of ids) {
    const followed = await followBuild(server, id, first, watch);
    endings.push(followed.ending);
    status = followed.status;
  }
  return { ending: joined(endings), status };
}

/** Every build under way, one after the other as the server makes them; then how the projection rests. */
export async function followAll(
  server: Server,
  first: ProjectionStatus,
  watch: BuildWatch,
): Promise<Followed> {
  const endings: BuildEnding[] = [];
  let status = first;
  for (;;) {
    const next = status.generations.find(({ state }) => state === 'catching-up');
    if (!next || watch.signal.aborted) break;
    const followed = await followBuild(server, next, status, watch);
    endings.push(followed.ending);
    status = followed.status;
  }
  if (endings.every(({ ok }) => ok)) endings.push(restingText(status));
  return { ending: joined(endings), status };
}

function joined(endings: readonly BuildEnding[]): BuildEnding {
  return {
    ok: endings.every(({ ok }) => ok),
    text: endings.map(({ text }) => text).join('\n'),
  };
}

/** Prints that a build makes no progress, where the server gives no reason. */
class Standstill {
  #done = -1;
  #sinceMs = 0;

  textAt(done: number): string {
    if (done !== this.#done) {
      this.#done = done;
      this.#sinceMs = performance.now();
    }
    const seconds = Math.floor((performance.now() - this.#sinceMs) / 1_000);
    return seconds * 1_000 < STANDSTILL_MS
      ? ''
      : `; nothing for ${seconds} s, the server's log may have the reason`;
  }
}

function progressOf(
  id: GenerationId,
  now: ProjectionStatus,
  standstill: Standstill,
): DisplayedProgress {
  const label = generationLabel(now, id);
  const { build, reason = null } = findGeneration(now, id) ?? {};
  if (!build) return { share: 0, text: label };
  const trouble = obstacleText(reason) || standstill.textAt(build.done);
  const text = `${label}: ${buildText(build)}${trouble}`;
  return { share: shareDone(build), text };
}

async function look(
  server: Server,
  projection: string,
  { outageMsMax, signal }: BuildWatch,
): Promise<ProjectionStatus> {
  const path = `/v1/projections/${encodeURIComponent(projection)}`;
  const query = { database: server.database };
  const startMs = performance.now();
  for (;;) {
    try {
      return await ask(server, { method: 'GET', path, query }, projectionStatus);
    } catch (error) {
      const isPatient = error instanceof NoAnswer && error.isTransient && !signal.aborted;
      if (!isPatient || performance.now() - startMs > outageMsMax) throw error;
      await sleep(POLL_MS);
    }
  }
}

function isStopped({ signal }: BuildWatch): Promise<boolean> {
  return sleep(POLL_MS, false, { signal }).catch(() => true);
}

function letBe(label: string, projection: string): BuildEnding {
  const again = commandText(`projections follow ${projection}`);
  return { ok: false, text: `${label}: not followed any more, the build continues. ${again}` };
}
