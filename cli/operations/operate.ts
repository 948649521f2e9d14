/** What is done with a projection: one request, or one and the watching of the build that it starts. */
import {
  type GenerationStatus,
  type ProjectionStatus,
  projectionList,
  projectionStatus,
} from '../../core/operator-shapes/projection-status.ts';
import { restingText } from './build-ending.ts';
import type { Conclusion } from './command-line.ts';
import { servingVersion } from './find-generation.ts';
import { type BuildWatch, type Followed, followAll, followBuilds } from './follow-build.ts';
import { onNamed } from './known-names.ts';
import { ask, type Server } from './server.ts';
import { statusTable } from './status-text.ts';
import { hasUndelivered, undeliveredLines } from './undelivered-text.ts';

/** All of them, or the one that is named; `words` are the operations, one of which could have been meant. */
export async function showStatus(
  server: Server,
  name: string | undefined,
  words: readonly string[],
): Promise<Conclusion> {
  if (name !== undefined) {
    const naming = { kind: 'projection', name, words } as const;
    return conclusionOf(await onNamed(server, naming, statusOf(server, name)));
  }
  const query = { database: server.database };
  const request = { method: 'GET', path: '/v1/projections', query } as const;
  const answer = await ask(server, request, projectionList);
  const { projections, undelivered } = answer;
  const text = [statusTable(projections), ...undeliveredLines(undelivered)].join('\n');
  return { ok: !hasUndelivered(undelivered), text, answer };
}

/** Rebuilds the code's version. Without `watch` it is only started. */
export function rebuild(server: Server, name: string, watch?: BuildWatch): Promise<Conclusion> {
  return build(server, name, 'rebuild', watch);
}

/** The same; a build under way begins again. */
export function restart(server: Server, name: string, watch?: BuildWatch): Promise<Conclusion> {
  return build(server, name, 'restart', watch);
}

async function build(server: Server, name: string, operation: string, watch?: BuildWatch) {
  const status = await post(server, name, operation);
  const started = status.generations.filter(
    ({ version, purpose, state }) =>
      version === status.version && purpose !== 'verify' && state === 'catching-up',
  );
  return watched(server, status, started, watch);
}

/** Recomputes the serving tables and reports where they differ. */
export async function verify(
  server: Server,
  name: string,
  watch?: BuildWatch,
): Promise<Conclusion> {
  const status = await post(server, name, 'verify');
  const started = status.generations.filter(
    ({ database, version, purpose }) =>
      purpose === 'verify' && version === servingVersion(status, database),
  );
  return watched(server, status, started, watch);
}

async function watched(
  server: Server,
  status: ProjectionStatus,
  started: readonly GenerationStatus[],
  watch: BuildWatch | undefined,
): Promise<Conclusion> {
  if (!watch) return conclusionOf(status);
  // A small journal may be built before the answer was written.
  if (started.length === 0) return concluded({ ending: restingText(status), status });
  return concluded(await followBuilds(server, started, status, watch));
}

/** What is paused or stopped goes on. */
export async function resume(
  server: Server,
  name: string,
  watch?: BuildWatch,
): Promise<Conclusion> {
  const status = await post(server, name, 'resume');
  return watch ? concluded(await followAll(server, status, watch)) : conclusionOf(status);
}

/** Watches what is being built, also by others. */
export async function follow(server: Server, name: string, watch: BuildWatch): Promise<Conclusion> {
  return concluded(
    await followAll(
      server,
      await onNamed(server, { kind: 'projection', name }, statusOf(server, name)),
      watch,
    ),
  );
}

export async function pause(server: Server, name: string, reason?: string): Promise<Conclusion> {
  const answer = await post(server, name, 'pause', reason === undefined ? {} : { reason });
  const text = `${name} is paused. Queries read its rows as they are, until it is resumed.`;
  return { ok: true, text, answer };
}

export async function cancel(server: Server, name: string): Promise<Conclusion> {
  const answer = await post(server, name, 'cancel');
  const { serving } = answer;
  const text = `${name}: the build is cancelled, ${serving === null ? 'nothing' : `version ${serving}`} serves.`;
  return { ok: true, text, answer };
}

export async function rollBack(server: Server, name: string, version: number): Promise<Conclusion> {
  const answer = await post(server, name, 'rollback', { version });
  return { ok: true, text: `${name}: queries read version ${version} now.`, answer };
}

export async function drop(server: Server, name: string, version: number): Promise<Conclusion> {
  const answer = await post(server, name, 'drop', { version });
  return {
    ok: true,
    text: `${name}: the rows and dead letters of version ${version} are gone; its empty tables stay.`,
    answer,
  };
}

function conclusionOf(status: ProjectionStatus): Conclusion {
  return { ok: true, text: statusTable([status]), answer: status };
}

function concluded({ ending, status }: Followed): Conclusion {
  return { ...ending, answer: status };
}

function statusOf(server: Server, name: string): Promise<ProjectionStatus> {
  const query = { database: server.database };
  return ask(server, { method: 'GET', path: pathOf(name), query }, projectionStatus);
}

function post(
  server: Server,
  name: string,
  operation: string,
  input: object = {},
): Promise<ProjectionStatus> {
  const path = `${pathOf(name)}/${operation}`;
  const query = { database: server.database };
  const asked = ask(server, { method: 'POST', path, query, input }, projectionStatus);
  return onNamed(server, { kind: 'projection', name }, asked);
}

function pathOf(name: string): string {
  return `/v1/projections/${encodeURIComponent(name)}`;
}
