// Holds the event shapes of Ledge's own streams to core/access/events.lock.json, as `ledge check` holds those of an app.
//
//   node .ci/own-events.ts [--write]

import { writeFileSync } from 'node:fs';
import { ownAggregates } from '../core/app.ts';
import { lockText } from '../core/schema-lock.ts';
import { lockFaults, readEventsLock } from '../migrations/events-lock.ts';

const LOCK = 'core/access/events.lock.json';

const lock = readEventsLock(LOCK, { aggregates: ownAggregates, projections: [] });
if (process.argv.includes('--write') && lock.broken.length === 0) {
  writeFileSync(LOCK, lockText(lock.current));
} else {
  const faults = lockFaults(lock);
  for (const fault of faults) console.log(fault);
  if (faults.length > 0) console.log('New shapes are recorded by: node .ci/own-events.ts --write');
  process.exitCode = faults.length > 0 ? 1 : 0;
}
