/** One command of the wrangler on the PATH, to its end. */
import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number;
  /** Both outputs together, for people. Empty where they went to the terminal. */
  readonly text: string;
  readonly stdout: string;
}

/**
 * `inherit` lets wrangler ask and show what it does; `pipe` keeps its output for the caller. `input` is what it reads,
 * which no list of processes shows.
 */
export type WranglerRun = (
  args: readonly string[],
  output: 'inherit' | 'pipe',
  input?: string,
) => Promise<Ran>;

export const runWrangler: WranglerRun = (args, output, input) =>
  new Promise((settle, reject) => {
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const child = spawn('wrangler', args, {
      stdio: output === 'inherit' ? 'inherit' : [stdin, 'pipe', 'pipe'],
      // On Windows it is a script of the shell.
      shell: process.platform === 'win32',
    });
    let text = '';
    let stdout = '';
    // It may end before it has read everything: its exit code says so.
    child.stdin?.on('error', () => undefined).end(input);
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      text += chunk;
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => settle({ code: code ?? 1, text: text.trim(), stdout }));
  });
