/**
 * The peers' scripts, which are no part of this repository: a copy of the folder that holds them, with its packages,
 * and how one of them is run. It is copied since nothing may be written where it lies.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import * as z from 'zod';
import { root } from '../settings.ts';

/** What each of the scripts prints, a JSON line for each scenario. */
export const peerLine = z.object({
  peer: z.string(),
  scenario: z.string(),
  value: z.number(),
  unit: z.string(),
  p50_ms: z.number().exactOptional(),
  p99_ms: z.number().exactOptional(),
  non2xx: z.number().exactOptional(),
  socket_errors: z.number().exactOptional(),
});

export type PeerLine = z.infer<typeof peerLine>;

export const source = resolve(root, process.env.PEER_BENCH_DIR ?? '../shared/peer-bench');

const run = promisify(execFile);

/** Our own Node for all of them. */
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);

export class BenchFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<BenchFolder> {
    const folder = await mkdtemp(join(tmpdir(), 'ledge-peers-'));
    await cp(source, folder, { recursive: true });
    // PostgreSQL runs as another user, and has to get here.
    for (const path of [folder, join(folder, 'restate')]) await chmod(path, 0o755);
    return new BenchFolder(folder);
  }

  install(part = ''): Promise<unknown> {
    const options = { cwd: join(this.#folder, part), env: { ...process.env, PATH } };
    return run('npm', ['ci', '--no-audit', '--no-fund'], options);
  }

  /** @param action `start` or `stop` */
  postgres(action: string): Promise<unknown> {
    return run(join(this.#folder, 'pg.sh'), [action], { env: this.#environment() });
  }

  /** Hands on each line as it comes. @throws when it ends with another code than 0, or takes too long */
  run(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    receive: (line: PeerLine) => void,
    minutesMax: number,
  ): Promise<void> {
    const child = spawn(process.execPath, args, {
      cwd: this.#folder,
      env: { ...this.#environment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: minutesMax * 60_000,
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-1_000);
    });
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('{')) receive(peerLine.parse(JSON.parse(line)));
    });
    return new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', (code) => {
        if (code === 0) done();
        else fail(new Error(`${args.join(' ')} ended with ${code ?? 'a signal'}. ${said}`));
      });
    });
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH,
      TMPDIR: this.#folder,
      PGBENCH_DIR: join(this.#folder, 'postgres'),
      SQLITE_DIR: join(this.#folder, 'sqlite'),
    };
  }
}
