/** The lock of the event shapes of Ledge's own streams: keys, their list, the audit trail. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownAggregates } from '../../core/app.ts';
import { compareLocks, parseLock, schemaLock } from '../../core/schema-lock.ts';

const text = readFileSync('core/access/events.lock.json', 'utf8');
const current = schemaLock({ aggregates: ownAggregates, projections: [] });

test('ST13 each stored shape of Ledge’s own streams is in its lock, and none has changed', () => {
  const released = parseLock(text);
  expect(compareLocks(released, current)).toEqual({ broken: [], unrecorded: [] });
  expect(Object.keys(released.shapes)).toEqual(
    expect.arrayContaining(['ledge.key', 'ledge.keys', 'ledge.audit']),
  );
});

test('ST13 a shape that was changed, removed or added is seen', () => {
  const other = parseLock(text.replace('"previousUntil"', '"until"'));
  expect(compareLocks(other, current).broken.join()).toContain('ledge.key KeyRotated');
  const fewer = { aggregates: ownAggregates.slice(1), projections: [] };
  expect(compareLocks(parseLock(text), schemaLock(fewer)).broken).not.toEqual([]);
  const unlocked = { ...current, shapes: {} };
  expect(compareLocks(unlocked, current).unrecorded).toContain(
    'ledge.key KeyIssued schema version 1',
  );
});
