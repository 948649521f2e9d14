/** A Worker in a process tree of its own that can be killed at any moment and started again on the same state. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from 'wrangler';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SHOP_CONFIG = join(root, 'test/shop/wrangler.toml');
const wrangler = join(createRequire(import.meta.url).resolve('wrangler/package.json'), '..');

/** What serve-until-killed.ts reads. */
export interface ServeOptions {
  /** As the shop's wrangler.toml has it. */
  readonly worker: Record<string, unknown>;
  readonly script: string;
  readonly folder: string;
  readonly stateFolder: string;
  readonly statements: readonly string[];
}

/** By its id. What is called otherwise is the runtime's own. */
const DATABASE = /[0-9a-f]{64}\.sqlite$/;

/** A killed runtime that still answers would make every test here worthless. */
const DEATH_MS_MAX = 5_000;

export class Victim {
  readonly #folder: string;
  #running: { readonly child: ChildProcess; readonly url: string } | undefined;
  /** What the Worker logged, of all its lives. */
  readonly log: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Nothing runs yet. */
  static async create(): Promise<Victim> {
    return new Victim(await mkdtemp(join(tmpdir(), 'ledge-crash-')));
  }

  /** Where it listens: somewhere else in every life. Undefined while it is dead. */
  get url(): string | undefined {
    return this.#running?.url;
  }

  get #stateFolder(): string {
    return join(this.#folder, 'state');
  }

  /** Bundles an entry of the tree the way it is deployed. */
  async bundle(entry: string): Promise<string> {
    const folder = join(this.#folder, basename(entry, '.ts'));
    const config = ['--config', SHOP_CONFIG];
    const deploy = ['deploy', entry, ...config, '--dry-run', '--outdir', folder];
    await promisify(execFile)(process.execPath, [join(wrangler, 'bin/wrangler.js'), ...deploy], {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    });
    return join(folder, `${basename(entry, '.ts')}.js`);
  }

  /**
   * Restarts. `statements` are run on its database first. `deaf`: its queues have no consumer; they are in memory and
   * lost when it is killed.
   */
  async start(script: string, statements: readonly string[] = [], deaf = false): Promise<void> {
    const { queueConsumers, ...worker } = workerOptions();
    const options: ServeOptions = {
      worker: deaf ? worker : { ...worker, queueConsumers },
      script,
      folder: join(script, '..'),
      stateFolder: this.#stateFolder,
      statements,
    };
    const temporary = join(this.#folder, 'tmp');
    await mkdir(temporary, { recursive: true });
    const file = join(this.#folder, 'options.json');
    await writeFile(file, JSON.stringify(options));
    const child = fork(join(import.meta.dirname, 'serve-until-killed.ts'), [file], {
      detached: true,
      // A killed process does not clean up: its files are deleted with the folder.
      env: { ...process.env, TMPDIR: temporary },
    });
    this.#running = { child, url: await this.#listening(child) };
  }

  #listening(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      child.on('message', (message: { url?: string; log?: string }) => {
        if (message.log !== undefined) this.log.push(message.log);
        if (message.url !== undefined) resolve(message.url);
      });
      child.on('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
    });
  }

  /** SIGKILL for the whole tree, the runtime included: none of it gets to do anything more. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (!running?.child.pid) return;
    this.#running = undefined;
    const exited = once(running.child, 'exit');
    process.kill(-running.child.pid, 'SIGKILL');
    await exited;
    await this.#isDead(running.url);
  }

  /** The runtime itself holds the socket. */
  async #isDead(url: string): Promise<void> {
    const untilMs = Date.now() + DEATH_MS_MAX;
    while (Date.now() < untilMs) {
      const refused = await fetch(`${url}/health`).then(
        () => false,
        () => true,
      );
      if (refused) return;
    }
    throw new Error('The runtime has survived.');
  }

  /** What a query finds in what D1 left on the disk. In a copy: the next life has to find it as it was. */
  async autopsy<Row>(sql: string): Promise<Row | undefined> {
    const folder = join(this.#folder, 'autopsy');
    await cp(join(this.#stateFolder, 'd1'), folder, { recursive: true });
    const file = (await readdir(folder, { recursive: true })).find((name) => DATABASE.test(name));
    const database = new DatabaseSync(join(folder, file ?? ''));
    // The statement determines the type of the row.
    const row = database.prepare(sql).get() as Row | undefined;
    database.close();
    await rm(folder, { recursive: true });
    return row;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Bindings and queues as they are deployed. A batch waits for a moment only, so that more of them are hit. */
function workerOptions(): Record<string, unknown> {
  const { workerOptions: deployed } = unstable_getMiniflareWorkerOptions(SHOP_CONFIG);
  const { assets: _assets, queueConsumers, ...options } = deployed;
  const consumers = Object.entries(Object(queueConsumers)).map(([queue, consumer]) => [
    queue,
    { ...Object(consumer), maxBatchTimeout: 0.1 },
  ]);
  return { ...options, queueConsumers: Object.fromEntries(consumers) };
}

/** The statements of the migrations that a deployment applies; of the shop, unless another folder is given. */
export async function migrations(path = 'test/shop/migrations'): Promise<string[]> {
  const folder = join(root, path);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) => unstable_splitSqlQuery(text));
}
