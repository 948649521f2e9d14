/** A run of the simulator in a process of its own, as `npm run simulate` makes it. */
import { execFile } from 'node:child_process';

export interface SimulatorRun {
  readonly code: number;
  readonly text: string;
}

export function simulate(...args: string[]): Promise<SimulatorRun> {
  const command = ['--disable-warning=ExperimentalWarning', 'test/simulator/run.ts', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { maxBuffer: 100_000_000 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr });
    });
  });
}
