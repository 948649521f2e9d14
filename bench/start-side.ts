/**
 * Starts one side in a Miniflare of its own, on empty storage and on loopback. Only one is alive at
 * a time: alarms and queued messages of one side would otherwise run under the other's clock, and
 * nothing is left over for the next round.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_splitSqlQuery } from 'wrangler';
import { bundle } from './bundle.ts';
import { issueKey } from './issued-key.ts';
import { root, workerOptions } from './settings.ts';
import type { Side } from './sides.ts';

const WORKER = 'side';

export interface Running {
  readonly side: Side;
  readonly url: string;
  /** The header of each request of the load; empty: none. */
  readonly authorization: string;
  /** Events that have arrived in D1, by its checkpoints. */
  readonly projectedEvents: () => Promise<number>;
  /** Takes an object out of memory: the next call to it starts it from what it stored. */
  readonly evict: (objectName: string) => Promise<void>;
  /** What the cron does each minute. */
  readonly tick: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startSide(side: Side, workDir: string): Promise<Running> {
  const stateDir = await mkdtemp(join(tmpdir(), 'ledge-bench-'));
  const miniflare = new Miniflare(optionsOf(side, await bundle(side.entry, workDir), stateDir));
  const url = (await miniflare.ready).origin;
  const db = await miniflare.getD1Database('DB');
  for (const schema of side.schema) {
    for (const statement of await statementsOf(schema)) await db.prepare(statement).run();
  }
  const total = db.prepare('SELECT total(version) AS events FROM checkpoint');
  return {
    side,
    url,
    authorization: side.isKeyed ? `Bearer ${await issueKey(url)}` : '',
    projectedEvents: async () => (await total.first<number>('events')) ?? 0,
    evict: (name) => miniflare.unsafeEvictDurableObject(WORKER, 'AggregateObject', { name }),
    tick: async () => {
      const answer = await miniflare.dispatchFetch(`${url}/cdn-cgi/local/scheduled`);
      if (!answer.ok) throw new Error(`The cron answered ${answer.status}.`);
    },
    stop: async () => {
      await miniflare.dispose();
      await rm(stateDir, { recursive: true });
    },
  };
}

function optionsOf(side: Side, script: string, stateDir: string) {
  const options = convertV4MiniflareOptions({
    ...workerOptions,
    name: WORKER,
    bindings: side.variables,
    modules: [{ type: 'ESModule', path: script }],
    modulesRoot: join(script, '..'),
    host: '127.0.0.1',
    port: 0,
    cf: false,
    // For `tick`.
    unsafeTriggerHandlers: true,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => {
      if (level === 'error' || level === 'warn') console.error(`${side.name}: ${message}`);
    },
  });
  return { ...options, resourcePersistencePath: stateDir };
}

async function statementsOf(schema: string): Promise<string[]> {
  const path = join(root, schema);
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? (await readdir(path)).map((file) => join(path, file)) : [path];
  const migrations = files.filter((file) => file.endsWith('.sql')).sort();
  const texts = await Promise.all(migrations.map((file) => readFile(file, 'utf8')));
  return texts.flatMap((text) => unstable_splitSqlQuery(text));
}
