// Runs one of the project's tools, offline and without telemetry, with the project's own Node first.

import { spawn } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: 'true',
};

/** `inherit` shows the output as it comes, `pipe` returns it. Another folder's own tools come before the project's. */
export function run(
  [command = '', ...args]: readonly string[],
  output: 'inherit' | 'pipe',
  cwd = '.',
): Promise<{ code: number; text: string }> {
  const env = { ...process.env, ...QUIET, PATH: pathWithOwnTools(cwd) };
  return new Promise((settle) => {
    let text = '';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] });
    const collect = (chunk: Buffer) => {
      text += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => settle({ code: 1, text: `${text}${error.message}\n` }));
    child.on('close', (code) => settle({ code: code ?? 1, text }));
  });
}

function pathWithOwnTools(cwd: string): string {
  const folders = new Set([resolve(cwd, 'node_modules/.bin'), resolve('node_modules/.bin')]);
  return [...folders, process.env.PATH].join(delimiter);
}
