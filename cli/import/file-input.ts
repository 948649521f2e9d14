/** A file as the input of an import, with its progress file beside it: another run goes on where this one ends. */
import type { ImportInput } from './import-input.ts';
import {
  type InputSettings,
  identifyInput,
  loadProgress,
  removeProgress,
  saveProgress,
} from './import-progress.ts';
import type { ImportSettings } from './import-settings.ts';
import type { LineForm } from './line-form.ts';
import { readLines } from './read-lines.ts';

type FileSettings = InputSettings & Pick<ImportSettings, 'restart'>;

/** @throws Error when it is no file, or no UTF-8 */
export async function openFile(
  settings: FileSettings,
  form: LineForm,
  signal: AbortSignal,
): Promise<ImportInput> {
  const file = await identifyInput(settings, signal);
  if (settings.restart) removeProgress(file);
  const start = loadProgress(file);
  return {
    bytes: file.bytes,
    start,
    lines: () => readLines(settings.file, start.place, form),
    save: (progress) => saveProgress(file, progress),
    finish: () => removeProgress(file),
  };
}
