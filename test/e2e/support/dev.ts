/** `ledge dev` in processes of its own: what it prints, what it starts, and what it leaves behind. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const WAIT_MS_MAX = 60_000;

/** On real processes, whose parents only Linux exposes. */
export const onLinux = process.platform === 'linux' ? describe : describe.skip;

/** The script of `npm run dev`, without npm. */
export const node = [process.execPath, 'cli/main.ts', 'dev'];

/** One that is started, with everything that it started. */
export class Dev {
  output = '';
  readonly state = mkdtempSync(join(tmpdir(), 'ledge-dev-'));
  readonly #mark = `LEDGE_TEST_RUN=${randomUUID()}`;
  readonly child: ChildProcessWithoutNullStreams;

  constructor(command: readonly string[], ...args: string[]) {
    const [name = '', value = ''] = this.#mark.split('=');
    const [program = '', ...first] = command;
    const state = args.includes('--memory') ? [] : ['--persist-to', this.state];
    const all = [...first, '--port', '0', ...state, ...args];
    this.child = spawn(program, all, { cwd: root, env: { ...process.env, [name]: value } });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  async says(text: string | RegExp): Promise<RegExpMatchArray> {
    const startMs = performance.now();
    for (;;) {
      const found = this.output.match(text);
      if (found) return found;
      if (performance.now() - startMs > WAIT_MS_MAX) throw new Error(`Not said: ${this.output}`);
      await sleep(100);
    }
  }

  async origin(): Promise<string> {
    return (await this.says(/Ledge listens on (http:\S+)/))[1] ?? '';
  }

  /** The command lines of all that is left of it. */
  processes(): string[] {
    return this.#left().map(({ commandLine }) => commandLine);
  }

  #left(): { id: number; commandLine: string }[] {
    return globSync('/proc/[0-9]*').flatMap((folder) => {
      const isIts = textOf(`${folder}/environ`).includes(this.#mark);
      const id = Number(folder.split('/').at(-1));
      return isIts ? [{ id, commandLine: textOf(`${folder}/cmdline`) }] : [];
    });
  }

  async isGone(): Promise<boolean> {
    const startMs = performance.now();
    while (this.processes().some(Boolean)) {
      if (performance.now() - startMs > 15_000) return false;
      await sleep(100);
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    if (await this.isGone()) return;
    for (const { id } of this.#left()) process.kill(id, 'SIGKILL');
  }
}

/** Empty for a process that has ended meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What the example command and the example query of its welcome are answered with. */
export async function example(dev: Dev): Promise<{ status: number; body: unknown; query: number }> {
  await dev.origin();
  const [, url = '', body] =
    dev.output.match(/curl -X POST (\S+) \\\n\s+-H '[^']*' -d '([^\n]*)'\n/) ?? [];
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: body ?? '' });
  const [, query = ''] = dev.output.match(/Ask a query\s+curl (\S+)/) ?? [];
  return {
    status: answer.status,
    body: await answer.json(),
    query: (await fetch(query)).status,
  };
}
