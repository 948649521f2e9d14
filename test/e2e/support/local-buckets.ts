/**
 * Buckets of R2 for the command line: a `wrangler` on the PATH that passes `r2 object` on to the real one, with miniflare's R2 in
 * a folder in the place of the account's.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const wrangler = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
);

export class LocalBuckets implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'local-buckets-'));
  /** The variables of a command that uses them. */
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    const program = join(this.#folder, 'wrangler');
    const state = JSON.stringify(join(this.#folder, 'state'));
    const text = `#!${process.execPath}
const { appendFileSync, existsSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const args = process.argv.slice(2);
appendFileSync(__dirname + '/calls', args.slice(0, 4).join(' ') + '\\n');
if (existsSync(__dirname + '/failing')) { console.error('✘ [ERROR] Authentication error'); process.exit(1); }
const local = args.map((one) => (one === '--remote' ? '--local' : one));
const { status } = spawnSync(process.execPath, [${JSON.stringify(wrangler)}, ...local, '--persist-to=' + ${state}], { stdio: 'inherit' });
process.exit(status ?? 1);
`;
    writeFileSync(program, text);
    chmodSync(program, 0o755);
    writeFileSync(join(this.#folder, 'calls'), '');
    this.env = { PATH: `${this.#folder}${delimiter}${process.env.PATH}` };
  }

  /** `put` and `get` with their objects since the last call. */
  calls(): string[] {
    const file = join(this.#folder, 'calls');
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    writeFileSync(file, '');
    return lines.map((line) => line.replace('r2 object ', ''));
  }

  fail(): void {
    writeFileSync(join(this.#folder, 'failing'), '');
  }

  mend(): void {
    rmSync(join(this.#folder, 'failing'));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
