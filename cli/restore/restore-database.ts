/**
 * The way back of a whole database: list what there is, restore, begin an epoch, bring every listed stream up to its
 * object's head, verify. Each step is recorded in a file, and a second run with the same file goes on after it.
 */
import * as z from 'zod';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { newerPage, streamPage } from '../operations/listed-streams.ts';
import { ask, NoAnswer, type Server } from '../operations/server.ts';
import { verifyJournal } from '../operations/verify-journal.ts';
import { bringStreams, type LeftStream } from './bring-streams.ts';
import { databaseState, type RestoredStream, RestoreFile } from './restore-file.ts';

export interface Restore {
  readonly server: Server;
  /** The moment to go back to, ISO 8601. */
  readonly to: string;
  /** Where the list and the steps are kept. */
  readonly file: string;
  /** Puts the database back to the moment; the way there differs from place to place. */
  readonly putBack: (to: string) => Promise<void>;
  readonly show: (text: string) => void;
}

export interface RestoredDatabase {
  readonly streams: number;
  /** Streams that are not at their objects' heads, with what is in the way. */
  readonly left: readonly LeftStream[];
  readonly checked: number;
  readonly differences: number;
}

const heldCommits = z.object({ seconds: z.number() });
const begunEpoch = z.object({ epoch: z.number(), revision: z.number(), common: z.number() });
/** Runs the steps that the file does not have yet. */
export async function restoreDatabase(restore: Restore): Promise<RestoredDatabase> {
  const file = new RestoreFile(restore.file);
  const head = await list(restore, file);
  if (head !== undefined) await goBack(restore, file, head);
  await begin(restore, file);
  const left = await bringAll(restore, file);
  const { streams } = await file.read();
  restore.show('The journal is compared with the objects’ logs.');
  const verified = await verifyAll(restore, tenantsOf(streams.values()));
  return { streams: streams.size, left, ...verified };
}

function tenantsOf(streams: Iterable<RestoredStream>): Set<string> {
  return new Set(Array.from(streams, ({ tenant }) => tenant).filter((name) => name !== OWN_TENANT));
}

/** An operator of the deployment names each tenant; local development, which has no credential, has one. */
async function verifyAll({ server, show }: Restore, tenants: ReadonlySet<string>) {
  const servers =
    server.token === undefined
      ? [server]
      : Array.from(tenants, (inTenant) => ({ ...server, inTenant }));
  const sum = { checked: 0, differences: 0 };
  for (const one of servers) {
    const before = sum.checked;
    const onPage = (so: { checked: number }) => show(`${before + so.checked} events compared.`);
    const found = await verifyJournal(one, onPage).catch(ifErased);
    sum.checked += found?.checked ?? 0;
    sum.differences += found?.differences.length ?? 0;
  }
  return sum;
}

/** A tenant that was erased after the restored moment: the cron erases it again. */
function ifErased(error: unknown): undefined {
  if (error instanceof NoAnswer && error.status === 404) return undefined;
  throw error;
}

/**
 * Lists all streams, then those that were created or changed meanwhile, unless the database was restored already. A run
 * that resumes before the restore lists again what came since. Returns the position at which the list ends.
 */
async function list(restore: Restore, file: RestoreFile): Promise<number | undefined> {
  const { server, to, file: path } = restore;
  const known = await file.read().catch(ifMissing);
  if (known && known.to !== to) throw new Error(`The file is of a restore to ${known.to}.`);
  if (known?.steps.has('restored')) return undefined;
  if (known && !known.steps.has('listed'))
    throw new Error(`${path} holds half of a list, and nothing was restored: remove it.`);
  const state = await post(server, 'state', {}, databaseState);
  if (!known) await file.create({ line: 'restore', format: 1, to, url: server.url, state });
  for (let next: object | undefined = {}; next; ) {
    const page: z.output<typeof streamPage> = await post(server, 'streams', next, streamPage);
    await keep(restore, file, page.streams);
    next = page.after && { after: page.after };
  }
  const end = await listNewer(restore, file, state.head);
  if (!known) await file.append({ line: 'listed' });
  return end;
}

async function listNewer(restore: Restore, file: RestoreFile, head: number): Promise<number> {
  for (let after = head, done = false; ; ) {
    const page = await post(restore.server, 'newer-streams', { after }, newerPage);
    await keep(restore, file, page.streams);
    ({ after, done } = page);
    if (done) return after;
  }
}

async function keep({ show }: Restore, file: RestoreFile, streams: RestoredStream[]) {
  if (streams.length > 0) await file.append({ line: 'streams', streams });
  show(`${streams.length} streams listed.`);
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

/**
 * Nothing is committed from the last list to the restore: objects would take it for safe, and no list would have it.
 */
async function goBack(restore: Restore, file: RestoreFile, head: number): Promise<void> {
  const { server, to, putBack, show } = restore;
  const { seconds } = await post(server, 'hold', {}, heldCommits);
  const heldMs = Date.now();
  await listNewer(restore, file, head);
  show(`The database is put back to ${to}.`);
  await putBack(to);
  await file.append({ line: 'restored' });
  const tookSeconds = Math.round((Date.now() - heldMs) / 1_000);
  if (tookSeconds > seconds)
    show(
      `It took ${tookSeconds} s: streams that were created after the first ${seconds} s are not listed.`,
    );
}

async function begin({ server, show }: Restore, file: RestoreFile): Promise<void> {
  const { steps, state } = await file.read();
  if (steps.has('begun')) return;
  const { epoch, revision, anchors } = state;
  // The server may be restarting its connections to the database.
  const begun = await post(server, 'begin', { epoch, revision, anchors }, begunEpoch);
  show(`Epoch ${begun.epoch} begins; the journal is as before up to position ${begun.common}.`);
  await file.append({ line: 'begun', epoch: begun.epoch });
}

/** Those that are not in the file yet. */
async function bringAll(
  { server, show }: Restore,
  file: RestoreFile,
): Promise<RestoredDatabase['left']> {
  const { streams, brought } = await file.read();
  const wanted = [...streams].flatMap(([key, one]) => (brought.has(key) ? [] : [one]));
  return bringStreams({
    server,
    streams: wanted,
    brought: async (keys, left) => {
      if (keys.length > 0) await file.append({ line: 'brought', keys: [...keys] });
      show(`${left} streams are left to bring up.`);
    },
  });
}

function post<Shape>(
  server: Server,
  name: string,
  input: object,
  schema: z.ZodType<Shape, Shape>,
): Promise<Shape> {
  return ask(server, { method: 'POST', path: `/v1/restore/${name}`, input }, schema);
}
