/**
 * Wrangler as a child process: started with this very Node, without telemetry or access to the network, and stopped
 * together with the workerd that it starts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';

const STOP_GRACE_MS = 5_000;
const POSIX = process.platform !== 'win32';

const wrangler = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
);
const env = {
  ...process.env,
  // Its output goes through a pipe: see quiet.
  ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

/** One wrangler command to its end, its output kept for when it fails. `stop` ends it, and what it started. */
export async function runWrangler(
  args: readonly string[],
  stop?: AbortSignal,
): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [wrangler, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: POSIX && stop !== undefined,
  });
  stop?.addEventListener('abort', () => killGroup(child));
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
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: POSIX,
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => process.stdout.write(quiet(text)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => process.stderr.write(quiet(text)));
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

/** A warning of every start, with advice that Ledge's cron, a safety net, does not need. It ends at its link. */
const CRON_WARNING = 'Scheduled Workers are not automatically triggered';
const CRON_WARNING_END = 'locally';

/** Without the warning's lines and the empty ones after it. */
function quiet(text: string): string {
  const at = text.indexOf(CRON_WARNING);
  const linkAt = text.indexOf(CRON_WARNING_END, at);
  if (at < 0 || linkAt < 0) return text;
  const rest = text.slice(linkAt).split('\n').slice(1).join('\n');
  return text.slice(0, text.lastIndexOf('\n', at) + 1) + rest.replace(/^\n+/, '');
}

/** A port that nothing listens on. */
export function freePort(host: string): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => settle(port));
    });
  });
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
