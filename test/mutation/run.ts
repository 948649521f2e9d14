/**
 * `npm run mutation [-- module…]`: breaks modules of `core/` in every small way that Stryker knows, one at a time, and
 * each time runs the module's tests, which have to fail. Fails itself on a mutant that survives and is not listed in
 * equivalents.ts, and on one that is listed and does not.
 */
import { readFileSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';
import { type Equivalent, equivalents } from './equivalents.ts';
import { modules } from './modules.ts';

type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];
type Change = Omit<Equivalent, 'why'>;

const chosen = process.argv.slice(2);
const unknown = chosen.filter((module) => !modules.includes(module));
if (unknown.length > 0) throw new Error(`${unknown} is not mutated: see test/mutation/modules.ts.`);

let problems = 0;
for (const module of chosen.length > 0 ? chosen : modules) problems += await judge(module);
process.exitCode = problems > 0 ? 1 : 0;

/** Answers how many survivors are not listed, or listed and no survivors. */
async function judge(module: string): Promise<number> {
  const started = performance.now();
  const mutants = (await mutantsOf(module)).filter(({ status }) => status !== 'Ignored');
  const survivors = mutants.filter((one) => !isKilled(one) && !isTimedOut(one)).map(changeOf);
  const listed = equivalents[module] ?? [];
  const unlisted = withoutEach(survivors, listed);
  const gone = withoutEach(listed, survivors);
  console.log(module, {
    mutants: mutants.length,
    killed: mutants.filter(isKilled).length,
    timedOut: mutants.filter(isTimedOut).length,
    equivalent: listed.length - gone.length,
    survived: unlisted.length,
    seconds: Math.round((performance.now() - started) / 1000),
  });
  for (const change of unlisted) console.log(`  survives:\n${inWords(change)}`);
  for (const change of gone) console.log(`  is listed, and does not survive:\n${inWords(change)}`);
  return unlisted.length + gone.length;
}

/** A run of Stryker's for each module, so that a mutant meets no tests but its module's. */
function mutantsOf(module: string): Promise<Mutant[]> {
  process.env.LEDGE_MUTATED = module; // for vitest.config.ts, which is read in another process
  return new Stryker({
    configFile: 'test/mutation/stryker.json',
    mutate: [module],
  }).runMutationTest();
}

/** A test file that does not even load has noticed as well. */
function isKilled({ status, statusReason = '' }: Mutant): boolean {
  const isLoaded = !statusReason.startsWith('An error occurred outside of a test run');
  return status === 'Killed' || (status === 'RuntimeError' && !isLoaded);
}

function isTimedOut({ status }: Mutant): boolean {
  return status === 'Timeout';
}

/** The mutant by its text, which lasts longer than its place. */
function changeOf({ fileName, location: { start, end }, replacement }: Mutant): Change {
  const lines = readFileSync(fileName, 'utf8').split('\n');
  const before = lines[start.line - 1] ?? '';
  const rest = lines[end.line - 1]?.slice(end.column - 1) ?? '';
  const after = `${before.slice(0, start.column - 1)}${replacement}${rest}`;
  return { line: before.trim(), becomes: after.trim() };
}

/** Some, less one of them for each of the others that is the same. */
function withoutEach<One extends Change>(some: readonly One[], others: readonly Change[]): One[] {
  return others.reduce<One[]>(
    (left, { line, becomes }) => {
      const index = left.findIndex((one) => one.line === line && one.becomes === becomes);
      return index < 0 ? left : left.toSpliced(index, 1);
    },
    [...some],
  );
}

function inWords({ line, becomes }: Change): string {
  return `    - ${line}\n    + ${becomes}`;
}
