/**
 * `npm run check-history -- HISTORY [--state FILE | --url URL] [--app FILE]`: what a history and what is left in the
 * end say about the server. The end is in a file, or is read from the server now. 0: all is well; 1: each finding.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { App } from '../../core/app.ts';
import { Reader } from '../e2e/crash/reader.ts';
import { checkHistory } from './check-history.ts';
import { type FinalState, finalState } from './final-state.ts';
import { findingsText } from './findings-text.ts';
import { type History, parseHistory } from './history.ts';
import { readFinalState } from './read-final-state.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    state: { type: 'string' },
    url: { type: 'string', default: 'http://localhost:8787' },
    app: { type: 'string', default: 'test/shop/app.ts' },
  },
});
await main(positionals[0]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});

async function main(file: string | undefined): Promise<void> {
  if (file === undefined) throw new Error('Name the file of the history.');
  const app: App = (await import(pathToFileURL(resolve(values.app)).href)).app;
  const history = parseHistory(await readFile(file, 'utf8'));
  const findings = checkHistory(app, history, await stateAtTheEnd(app, history));
  console.log(findingsText(findings));
  process.exitCode = findings.length === 0 ? 0 : 1;
}

async function stateAtTheEnd(app: App, history: History): Promise<FinalState> {
  if (values.state === undefined) return readFinalState(app, new Reader(() => values.url), history);
  return finalState.parse(JSON.parse(await readFile(values.state, 'utf8')));
}
