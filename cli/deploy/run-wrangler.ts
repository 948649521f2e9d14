/** One command of the wrangler on the PATH, to its end. */
import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number;
  /** Both outputs together, for people. Empty where they went to the terminal. */
  readonly text: string;
  readonly stdout: string;
}

/** `inherit` lets wrangler ask and show what it does; `pipe` keeps its output for the caller. */
export type WranglerRun = (args: readonly string[], output: 'inherit' | 'pipe') => Promise<Ran>;

export const runWrangler: WranglerRun = (args, output) =>
  new Promise((settle, reject) => {
    const child = spawn('wrangler', args, {
      stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      // On Windows it is a script of the shell.
      shell: process.platform === 'win32',
    });
    let text = '';
    let stdout = '';
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
