// `npm run dev [-- wrangler's options]`: Ledge on this machine. Builds the pages, brings the local
// database up to date, starts the Worker without asking for credentials, and says where it listens once healthy.

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildAssets } from '../example/build.ts';
import { devHosts } from './dev-hosts.ts';
import { isTaken, runWrangler, startWrangler } from './dev-wrangler.ts';

const DEFAULTS = { port: '8787', 'log-level': 'warn' };
const HEALTH_POLL_MS = 200;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const EVERYWHERE = ['0.0.0.0', '::', '*'];

const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  strict: false, // what is not named here is wrangler's business
  options: {
    config: { type: 'string', short: 'c' },
    cwd: { type: 'string' },
    env: { type: 'string', short: 'e' },
    ip: { type: 'string' },
    'log-level': { type: 'string' },
    'persist-to': { type: 'string' },
    port: { type: 'string' },
    remote: { type: 'boolean', short: 'r' },
    tunnel: { type: 'boolean' },
  },
});
const port = Number(values.port ?? DEFAULTS.port);
const ip = String(values.ip ?? 'localhost');
const host = [...LOOPBACK, ...EVERYWHERE].includes(ip) ? 'localhost' : ip;
const origin = `http://${host}:${port}`;

if (values.remote || values.tunnel) {
  fail('Without credentials Ledge stays on this machine: no --remote and no --tunnel here.');
}
if (await isTaken(host, port)) {
  fail(`Port ${port} is taken. Stop what listens there, or: npm run dev -- --port ${port + 1}`);
}
await Promise.all([buildAssets(), migrate()]);
await serve();

/** A fresh checkout has no local tables, and a pull may bring new ones. */
async function migrate(): Promise<void> {
  const place = (['config', 'cwd', 'env', 'persist-to'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}=${values[name]}`],
  );
  const { code, text } = await runWrangler([
    'd1',
    'migrations',
    'apply',
    'DB',
    '--local',
    ...place,
  ]);
  if (code !== 0) fail(`${text}\nThe local database could not be migrated.`);
}

/** Runs until wrangler ends, asked to or because the Worker does not build: then it says why itself. */
async function serve(): Promise<void> {
  const hosts = devHosts(values.ip === undefined ? undefined : ip, process.env.LEDGE_DEV_HOSTS);
  const local = [
    '--var=LEDGE_LOCAL_DEVELOPMENT:true',
    ...(hosts === '' ? [] : [`--var=LEDGE_DEV_HOSTS:${hosts}`]),
    '--show-interactive-dev-session=false',
  ];
  const defaults = Object.entries(DEFAULTS).flatMap(([name, value]) =>
    name in values ? [] : [`--${name}=${value}`],
  );
  const wrangler = startWrangler(['dev', ...local, ...defaults, ...args]);
  // Each stays: npm passes the terminal's Ctrl-C on a second time.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, wrangler.stop);
  void wrangler.ended.then((code) => process.exit(code));
  await healthy();
  console.log(welcome());
}

async function healthy(): Promise<void> {
  while (!(await answers(`${origin}/health`))) await sleep(HEALTH_POLL_MS);
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

function welcome(): string {
  return `
Ledge listens on ${origin}

  Register a product   curl -X POST ${origin}/v1/commands/product/chai/RegisterProduct \\
                         -H 'content-type: application/json' -d '{"name":"Chai","priceCents":1800}'
  List the products    curl ${origin}/v1/queries/products
  Read the API         ${origin}/reference
  Watch the orders     ${origin}/pages/board/

Nobody is asked for credentials here${LOOPBACK.includes(ip) ? '' : `, and ${ip} is open to others`}.
Every request's log: npm run dev -- --log-level log. Stop with Ctrl-C.
`;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
