/**
 * Imports a file of commands, one JSON object a line, into a running Ledge: read-commands → lanes → account.
 * The CLI, tests and other scripts call it. Promises: a stream's commands arrive in the order of the file, memory
 * does not grow with the file, and an import that broke off and is called again does nothing twice.
 */
import type * as z from 'zod';
import { ImportAccount, type ImportState } from './import/import-account.ts';
import { identifyInput, loadProgress, removeProgress } from './import/import-progress.ts';
import type { ImportReport } from './import/import-report.ts';
import { importSettings } from './import/import-settings.ts';
import { LineLog } from './import/line-log.ts';
import { runImport } from './import/run-import.ts';

export interface ImportOptions extends z.input<typeof importSettings> {
  readonly fetch?: typeof fetch;
  /** Stops the import; what is on the wire then is sent again by the next one. */
  readonly signal?: AbortSignal;
  /** Called after every line that is settled. */
  readonly onProgress?: (state: ImportState) => void;
}

/**
 * Runs an import to its end, and reports the result of every line.
 *
 * @throws when the options make no sense, or a file here cannot be read or written, or `signal` stopped it
 * before it began; whatever the server does is in the report
 * @example const { tally } = await importCommands({ file: 'book.ndjson', url: 'http://127.0.0.1:8787' });
 */
export async function importCommands(options: ImportOptions): Promise<ImportReport> {
  const { signal = new AbortController().signal, onProgress } = options;
  const settings = importSettings.parse(options);
  const input = await identifyInput(settings, signal);
  if (settings.restart) removeProgress(input);
  const start = loadProgress(input);
  const log = await LineLog.open(settings.reportFile, start.place.line);
  try {
    const account = new ImportAccount(input, start, log, onProgress);
    const { ending, reason } = await runImport(
      { ...settings, fetch: options.fetch ?? fetch },
      account,
      signal,
    );
    return account.close(ending, reason);
  } finally {
    log.close();
  }
}
