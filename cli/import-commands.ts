/**
 * The package `ledge/import`, and the functions behind `ledge import`: commands of a file, or of a program's own source,
 * or events of another system, into a running Ledge: input → lanes → account. What a stream has arrives in the order of
 * the input, memory does not grow with it, and an import that broke off and is called again does nothing twice.
 */
import type * as z from 'zod';
import { commandLines } from './import/command-lines.ts';
import { eventLines } from './import/event-lines.ts';
import { openFile } from './import/file-input.ts';
import { ImportAccount, type ImportState } from './import/import-account.ts';
import type { ImportReport } from './import/import-report.ts';
import { type ImportSettings, importSettings } from './import/import-settings.ts';
import type { LineForm } from './import/line-form.ts';
import { LineLog } from './import/line-log.ts';
import { runImport } from './import/run-import.ts';
import {
  type ImportCommand,
  type ImportEvent,
  openSource,
  type SourceOf,
} from './import/source-input.ts';

export { type EmmettMessage, type EmmettOptions, emmettEvents } from './import/emmett-messages.ts';
export type { ImportState } from './import/import-account.ts';
export type { ImportEnding, ImportReport } from './import/import-report.ts';
export type { LineResult } from './import/line-result.ts';
export type {
  CommandSource,
  EventSource,
  ImportCommand,
  ImportEvent,
} from './import/source-input.ts';
export type { ResultKind, Tally } from './import/tally.ts';

interface ImportRun
  extends Omit<z.input<typeof importSettings>, 'file' | 'source' | 'restart' | keyof Operation> {
  readonly fetch?: typeof fetch;
  /** Stops the import; what is on the wire then is sent again by the next one. */
  readonly signal?: AbortSignal;
  /** Called after every line that is settled. */
  readonly onProgress?: (state: ImportState) => void;
}

/** Of an import that is an operation. */
type Operation = Pick<z.input<typeof importSettings>, 'inTenant' | 'reason'>;

type OptionsOf<Item> = ImportRun &
  (
    | { readonly file: string; readonly restart?: boolean; readonly source?: never }
    | { readonly source: SourceOf<Item>; readonly restart?: never; readonly file?: never }
  );

/** `file`: one JSON object a line. `source`: the same objects, those of a stream in the order in which they apply. */
export type ImportOptions = OptionsOf<ImportCommand>;

/** The same, of events; `inTenant` is for an operator of the deployment. */
export type EventImportOptions = OptionsOf<ImportEvent> & Operation;

/**
 * Runs an import to its end, and reports the result of every command.
 *
 * @throws ZodError when an option is wrong; what a source throws; Error when a file here cannot be read or written, or
 * `signal` stopped it before it began. What the server does is in the report
 * @example
 * async function* products() {
 *   for await (const { sku, name } of rows) {
 *     yield { aggregate: 'product', id: sku, command: 'RegisterProduct', data: { name }, idempotencyKey: `erp-${sku}` };
 *   }
 * }
 * const { tally } = await importCommands({ source: products(), url: 'http://localhost:8787' });
 */
export function importCommands(options: ImportOptions): Promise<ImportReport> {
  return importLines(commandLines, options);
}

/**
 * The same with events of another system, which are stored as they are. Their streams must be empty, or have nothing but
 * events of an earlier run; the token is an operator's.
 *
 * @throws as `importCommands`
 * @example await importEvents({ file: 'history.ndjson', url: 'https://ledge.example.com', token });
 */
export function importEvents(options: EventImportOptions): Promise<ImportReport> {
  return importLines(eventLines, options);
}

async function importLines(
  form: LineForm,
  options: OptionsOf<object> & Operation,
): Promise<ImportReport> {
  const { signal = new AbortController().signal, onProgress } = options;
  const settings = importSettings.parse(options);
  if (!form.isOperation && (settings.inTenant ?? settings.reason) !== undefined) {
    throw new Error(
      'A named tenant and a reason are of an import of events: commands are those of the token’s tenant, and no operation.',
    );
  }
  const input = await openInput(settings, form, signal);
  const log = await LineLog.open(settings.reportFile, input.start.place.line);
  try {
    const account = new ImportAccount(input, log, onProgress);
    const server = { ...settings, fetch: options.fetch ?? fetch };
    const { ending, reason } = await runImport(server, form, input, account, signal);
    return account.close(ending, reason);
  } finally {
    log.close();
  }
}

async function openInput(
  { file, source, ...settings }: ImportSettings,
  form: LineForm,
  signal: AbortSignal,
) {
  if (file !== undefined) return openFile({ ...settings, file }, form, signal);
  return openSource(source ?? [], form);
}
