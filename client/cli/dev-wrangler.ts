// Wrangler as a child of `npm run dev`: started with this very Node, without telemetry or a look at
// the network, and stopped together with the workerd that it starts.

import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

const STOP_GRACE_MS = 5_000;
const POSIX = process.platform !== 'win32';

const wrangler = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
);
const env = {
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

/** One wrangler command to its end, its output kept for when it fails. */
export async function runWrangler(
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [wrangler, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { code: await exitCode(child), text };
}

/** A running wrangler. `ended` is its exit code, 0 when it was asked to stop. */
export function startWrangler(args: readonly string[]): { ended: Promise<number>; stop(): void } {
  // A process group of its own, so that whatever it started can be ended with it.
  const child = spawn(process.execPath, [wrangler, ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: POSIX,
  });
  let stopped = false;
  const ended = exitCode(child).then((code) => {
    killGroup(child);
    return stopped ? 0 : code;
  });
  const stop = () => {
    if (stopped) return;
    stopped = true;
    child.kill('SIGTERM');
    setTimeout(() => killGroup(child), STOP_GRACE_MS).unref();
  };
  return { ended, stop };
}

/** Whether anything answers there already. */
export function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host, port, autoSelectFamily: true });
    socket.on('error', () => settle(false));
    socket.on('connect', () => {
      socket.destroy();
      settle(true);
    });
  });
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((settle) => {
    child.on('close', (code) => settle(code ?? 1));
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(POSIX ? -child.pid : child.pid, 'SIGKILL');
  } catch {
    // Already gone, which is what was wanted.
  }
}
