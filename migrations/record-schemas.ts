/**
 * Records every released shape of every event, and fails when stored events would become unreadable.
 *
 *   node migrations/record-schemas.ts [--check | --rebase] [--app domain/app.ts] [--lock domain/events.lock.json]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareLocks, lockText, parseLock, rebased, schemaLock } from '../core/schema-lock.ts';
import { fail, loadApp } from './load-app.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    rebase: { type: 'boolean', default: false },
    app: { type: 'string', default: 'domain/app.ts' },
    lock: { type: 'string', default: 'domain/events.lock.json' },
  },
});

const { lock: file } = options;
const current = schemaLock(await loadApp(options.app));
const released = existsSync(file)
  ? parseLock(readFileSync(file, 'utf8'))
  : { ...current, shapes: {} };
const isSameZod = released.zod === current.zod;
const zods = `${file} was recorded with ${released.zod ? `zod ${released.zod}` : 'an unknown zod'}, this is zod ${current.zod}.`;

const { broken, unrecorded } = compareLocks(released, current);
if (options.rebase) rebase();
else if (broken.length > 0) fail([...broken, ...(isSameZod ? [] : [rebaseHint()])].join('\n'));
else if (unrecorded.length > 0) record();
else if (!isSameZod) {
  console.log(`${zods} The shapes are the same: npm run schemas -- --rebase records the new zod.`);
}

function record(): void {
  const names = unrecorded.join(', ');
  if (options.check) fail(`Not recorded yet: ${names}. Run npm run schemas and commit ${file}.`);
  writeFileSync(file, lockText(current));
  console.log(`${file} records ${names}.`);
}

/** What zod writes in another way is accepted; what is gone, or asks for a new stateVersion, is not. */
function rebase(): void {
  if (isSameZod) {
    fail(
      `${file} was recorded with this zod, ${current.zod}: what differs was changed in the code.`,
    );
  }
  const left = compareLocks(rebased(released, current), current);
  if (left.broken.length > 0) fail(left.broken.join('\n'));
  if (options.check) fail('--check writes nothing, and --rebase writes: give one of them.');
  writeFileSync(file, lockText(current));
  console.log(`${file} is recorded with zod ${current.zod}.`);
  for (const line of broken) console.log(`Accepted: ${line.split('. ', 1)[0]}.`);
}

function rebaseHint(): string {
  return `${zods} Where no definition was changed, zod writes it in another way: npm run schemas -- --rebase records it.`;
}
