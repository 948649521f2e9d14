/** A real local server that can be stopped and started again: the same address, the same data. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runWrangler, startWrangler } from '../../../cli/dev-wrangler.ts';
import { LOCAL_PERSONAL_KEY } from '../../../core/protocol/local-personal-key.ts';

export interface RestartableServer {
  readonly url: URL;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it, and removes its data. */
  remove(): Promise<void>;
}

export async function restartableServer(): Promise<RestartableServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ledge-restartable-'));
  const url = new URL(`http://localhost:${await freePort()}`);
  const data = `--persist-to=${folder}`;
  const migrated = await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', data]);
  if (migrated.code !== 0) throw new Error(migrated.text);
  let running: ReturnType<typeof startWrangler> | undefined;

  async function start(): Promise<void> {
    const local = [
      '--var=LEDGE_LOCAL_DEVELOPMENT:true',
      `--var=LEDGE_PERSONAL_KEY:${LOCAL_PERSONAL_KEY}`,
      '--show-interactive-dev-session=false',
    ];
    running = startWrangler(['dev', ...local, data, `--port=${url.port}`, '--log-level=error']);
    while (!(await isHealthy(url))) await sleep(100);
  }

  async function stop(): Promise<void> {
    running?.stop();
    await running?.ended;
    running = undefined;
  }

  async function remove(): Promise<void> {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }

  await start();
  return { url, start, stop, remove };
}

function isHealthy(url: URL): Promise<boolean> {
  return fetch(new URL('/health', url)).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
