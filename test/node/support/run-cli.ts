/** The command line as its user starts it, in a process of its own and without a terminal. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function startCli(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['cli/main.ts', ...args], { cwd: root });
}

/** With variables of its own beside the test's. */
export function runCliWith(
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Ran> {
  const env = { ...process.env, ...variables };
  return ranCli(spawn(process.execPath, ['cli/main.ts', ...args], { cwd: root, env }));
}

export async function ranCli(child: ChildProcessWithoutNullStreams): Promise<Ran> {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: Number(code ?? -1), stdout, stderr };
}

export function runCli(...args: string[]): Promise<Ran> {
  return ranCli(startCli(...args));
}

export function runNorthwind(...args: string[]): Promise<Ran> {
  return ranCli(spawn(process.execPath, ['cli/northwind/main.ts', ...args], { cwd: root }));
}
