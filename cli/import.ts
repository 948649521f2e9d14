/**
 * `ledge import FILE.ndjson`: the command line around the imports. Shows progress, prints the report, exits with 0
 * when nothing failed, and on Ctrl-C stops and prints how to continue.
 */
import { ZodError } from 'zod';
import { commandText } from '../core/package-name.ts';
import { abortOnSignal } from './abort-on-signal.ts';
import { cliCommand } from './cli-command.ts';
import { exitCode, type ImportReport, reportText } from './import/import-report.ts';
import { issuesText } from './import/json-text.ts';
import { openDisplay } from './import/show-progress.ts';
import {
  type EventImportOptions,
  type ImportOptions,
  importCommands,
  importEvents,
} from './import-commands.ts';
import { withServer } from './server-flags.ts';

interface Flags
  extends Pick<ImportOptions, 'url' | 'token' | 'lanes'>,
    Pick<EventImportOptions, 'inTenant' | 'reason'> {
  readonly events?: boolean;
  readonly batch?: number;
  readonly restart?: boolean;
  readonly report?: string;
}

export const importFile = cliCommand(
  commandText('import'),
  'Sends a file of commands, or of events of another system, one JSON object a line, to a running Ledge.',
  (program, exit) =>
    withServer(program, 'http://127.0.0.1:8787')
      .argument('<file>', 'lines of {"aggregate","id","command","data"}')
      .option(
        '--events',
        'lines of {"aggregate","aggregateId","version","type","data","occurredAt"}, stored as they are',
      )
      .option('--in-tenant <name>', 'of --events: where an operator of the deployment imports')
      .option('--reason <text>', 'of --events: why; it is recorded')
      .option('--lanes <n>', 'requests at a time; a stream keeps to one', Number, 4)
      .option('--batch <n>', 'lines in a request: 200, or 1,000 of events', Number)
      .option('--report <file>', 'write what became of every line, as NDJSON')
      .option('--restart', 'begin at the first line, whatever an interrupted run has done')
      .action((file: string, flags: Flags) => exit(run(file, flags).then(conclude, fail))),
);

async function run(
  file: string,
  { events, batch, report, ...flags }: Flags,
): Promise<ImportReport> {
  const signal = abortOnSignal(new AbortController());
  const display = openDisplay();
  try {
    const importLines = events ? importEvents : importCommands;
    return await importLines({
      ...flags,
      file,
      batchLines: batch,
      reportFile: report,
      signal,
      onProgress: display.show,
    });
  } finally {
    display.end();
  }
}

function conclude(report: ImportReport): number {
  process.stdout.write(`${reportText(report)}\n`);
  return exitCode(report);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fail(error: unknown): number {
  const reason = error instanceof ZodError ? issuesText(error) : messageOf(error);
  process.stderr.write(`Nothing was imported any further. ${reason}\n`);
  return 1;
}
