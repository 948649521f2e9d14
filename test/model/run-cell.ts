/** One run of the model in a process of its own, since it replaces the clock. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ModelLine } from './line.ts';
import type { ModelSetting } from './setting.ts';

const start = promisify(execFile);
const script = join(import.meta.dirname, 'run.ts');

export async function runCell(setting: Partial<ModelSetting>): Promise<ModelLine> {
  const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(setting)];
  const { stdout } = await start(process.execPath, args);
  return JSON.parse(stdout);
}
