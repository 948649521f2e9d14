/**
 * Records every released shape of every event, and fails when stored events would become unreadable.
 *
 *   node migrations/record-schemas.ts [--check] [--app domain/app.ts] [--lock domain/events.lock.json]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { App } from '../core/app.ts';
import { compareLocks, type SchemaLock, schemaLock } from '../core/schema-lock.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    app: { type: 'string', default: 'domain/app.ts' },
    lock: { type: 'string', default: 'domain/events.lock.json' },
  },
});

const { app }: { app: App } = await import(pathToFileURL(resolve(options.app)).href);
const released: SchemaLock = existsSync(options.lock)
  ? JSON.parse(readFileSync(options.lock, 'utf8'))
  : {};
const current = schemaLock(app);
const { broken, unrecorded } = compareLocks(released, current);

if (broken.length > 0) fail(broken.join('\n'));
if (unrecorded.length === 0) process.exit(0);
if (options.check) {
  fail(
    `Not recorded yet: ${unrecorded.join(', ')}. Run npm run schemas and commit ${options.lock}.`,
  );
}
writeFileSync(options.lock, `${JSON.stringify(current, null, 2)}\n`);
console.log(`${options.lock} records ${unrecorded.join(', ')}.`);

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
