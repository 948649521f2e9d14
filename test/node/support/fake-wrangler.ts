/** A `wrangler` on the PATH that has an account in a folder: it does what the real one does to it, and can be made to fail. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Ran, ranCli } from './run-cli.ts';

export interface Account {
  readonly databases: readonly string[];
  readonly queues: readonly string[];
  readonly migrated: boolean;
  readonly deployed: number;
  /** Of the Worker, by their names. */
  readonly secrets: Readonly<Record<string, string>>;
}

const EMPTY: Account = { databases: [], queues: [], migrated: false, deployed: 0, secrets: {} };

/** As wrangler 4.155.0: a queue that only a consumer names must exist, a database is found by its name. */
const PROGRAM = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const folder = __dirname;
const args = process.argv.slice(2).filter((one) => !one.startsWith('--config='));
appendFileSync(folder + '/calls', args.join(' ') + '\\n');
const account = JSON.parse(readFileSync(folder + '/account.json', 'utf8'));
const failing = readFileSync(folder + '/failing', 'utf8');
const fail = (text) => { console.error('✘ [ERROR] ' + text); process.exit(1); };
const keep = (changed) => writeFileSync(folder + '/account.json', JSON.stringify({ ...account, ...changed }));
const command = args.join(' ');
if (failing !== '' && command.startsWith(failing)) fail('A request to the Cloudflare API failed.');
if (command === 'd1 list --json') console.log(JSON.stringify(account.databases.map((name) => ({ uuid: 'u', name }))));
else if (command.startsWith('d1 create ')) {
  if (account.databases.includes(args[2])) fail('A database with that name already exists');
  keep({ databases: [...account.databases, args[2]] });
} else if (command.startsWith('queues info ')) {
  if (!account.queues.includes(args[2])) fail('Queue "' + args[2] + '" does not exist. To create it, run: wrangler queues create ' + args[2]);
} else if (command.startsWith('queues create ')) {
  if (account.queues.includes(args[2])) fail('Queue name is already taken.');
  keep({ queues: [...account.queues, args[2]] });
} else if (command.startsWith('d1 time-travel restore ')) {
} else if (command.startsWith('d1 migrations apply ')) {
  if (!account.databases.includes('ledge')) fail("Couldn't find a D1 DB named 'ledge' (bound as 'DB') in the API.");
  keep({ migrated: true });
} else if (command === 'deploy') {
  for (const queue of ['events', 'events-dead']) if (!account.queues.includes(queue)) fail('Queue "' + queue + '" does not exist.');
  if (!account.migrated) fail('The tables are missing.');
  keep({ deployed: account.deployed + 1 });
} else if (command === 'secret list') {
  if (account.deployed === 0) fail('Worker "ledge" not found.');
  console.log(JSON.stringify(Object.keys(account.secrets).map((name) => ({ name, type: 'secret_text' }))));
} else if (command.startsWith('secret put ') && args.length === 3) {
  const value = readFileSync(0, 'utf8').trimEnd();
  keep({ secrets: { ...account.secrets, [args[2]]: value } });
} else fail('Unknown command: ' + command);
`;

export class FakeWrangler implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fake-wrangler-'));

  constructor(account: Partial<Account> = {}) {
    const program = join(this.#folder, 'wrangler');
    writeFileSync(program, PROGRAM);
    chmodSync(program, 0o755);
    writeFileSync(join(this.#folder, 'account.json'), JSON.stringify({ ...EMPTY, ...account }));
    this.failing = '';
  }

  /** How the command begins that fails from now on. */
  set failing(command: string) {
    writeFileSync(join(this.#folder, 'failing'), command);
    writeFileSync(join(this.#folder, 'calls'), '');
  }

  get calls(): string[] {
    return readFileSync(join(this.#folder, 'calls'), 'utf8').trim().split('\n');
  }

  get account(): Account {
    return JSON.parse(readFileSync(join(this.#folder, 'account.json'), 'utf8'));
  }

  /** `npm run deploy` without the assets. */
  deploy(...args: readonly string[]): Promise<Ran> {
    return this.run('.', 'deploy', ...args);
  }

  /** A command of `ledge` in a folder. */
  run(cwd: string, ...args: readonly string[]): Promise<Ran> {
    const env = { ...process.env, PATH: `${this.#folder}${delimiter}${process.env.PATH}` };
    return ranCli(spawn(process.execPath, [resolve('cli/main.ts'), ...args], { cwd, env }));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
