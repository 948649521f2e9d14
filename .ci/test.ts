// `npm test [-- vitest's arguments]`: runs vitest once, all but the crash tests, which take minutes, and
// closes with a plain line of counts, which also stays in dist/test-summary.txt for `.ci/check.ts` and
// `.ci/run`. `npm run test:quick` runs the quick lane instead (test/lanes.ts).

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './run-command.ts';

const RESULTS = 'dist/test-results.json';
const SUMMARY = 'dist/test-summary.txt';

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { status: string; assertionResults: readonly unknown[] }[];
}

mkdirSync('dist', { recursive: true });
rmSync(RESULTS, { force: true });
writeFileSync(SUMMARY, '0 passed, 1 failed, 0 skipped\n'); // until a run has said better

const given = process.argv.slice(2);
const args = given.filter((arg) => arg !== '--quick');
const isQuick = args.length < given.length;
if (isQuick) process.env.LEDGE_LANE = 'quick';
const lane = isQuick ? ['--project=pure', '--project=workers'] : ['--project=!crash'];
const projects = args.some((arg) => arg.startsWith('--project')) ? [] : lane;
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`];
const { code } = await run(['vitest', 'run', ...reporters, ...projects, ...args], 'inherit');
const summary = summarise(readReport(), code);
writeFileSync(SUMMARY, `${summary}\n`);
console.log(summary);
process.exitCode = code;

function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Report;
  } catch {
    return undefined; // vitest ended before it could report: the exit code speaks
  }
}

/** A file that could not run counts as a failure, and so does a run that failed without naming a test. */
function summarise(report: Report | undefined, exitCode: number): string {
  const broken = report?.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = (report?.numFailedTests ?? 0) + (broken?.length ?? 0);
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const atLeast = exitCode === 0 ? 0 : 1;
  return [
    `${report?.numPassedTests ?? 0} passed`,
    `${Math.max(failed, atLeast)} failed`,
    `${skipped} skipped`,
  ].join(', ');
}
