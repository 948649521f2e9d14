import { text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { defineApp } from '../app.ts';
import { defineProjection } from '../projection/define-projection.ts';
import { type Columns, table } from '../projection/table.ts';
import {
  compareLocks,
  lockText,
  parseLock,
  recordedLock,
  type SchemaLock,
  schemaLock,
} from '../schema-lock.ts';
import { personal } from '../sealed/personal.ts';

const plain = () => text();
const open = () => personal(text(), 'person', { open: true });
const sealed = () => personal(text(), 'person');

/** A read model with the column, and a previous version without a personal one. */
function lockOf(column: Columns[string], version = 2) {
  const members = (at: number, columns: Columns) =>
    defineProjection({
      ...{ name: 'members', version: at, from: [], on: {} },
      tables: {
        members: table(
          { ...columns, person: text().notNull(), friend: text().notNull() },
          { key: ['person'], indexes: [['friend']] },
        ),
      },
    });
  const previous = members(version - 1, { name: text() });
  return schemaLock(
    defineApp({
      aggregates: [],
      projections: [{ ...members(version, { name: column }), previous }],
    }),
  );
}

const empty: SchemaLock = { zod: undefined, shapes: {}, published: {}, personal: {} };

function stored(released: SchemaLock, current: SchemaLock): SchemaLock {
  return parseLock(lockText(recordedLock(released, current)));
}

describe('E19 the personal columns of a released version', () => {
  const released = stored(empty, lockOf(open()));

  test('are recorded, and a version without any is not', () => {
    expect(compareLocks(empty, lockOf(open()))).toEqual({
      broken: [],
      unrecorded: ['the personal columns of members version 2'],
    });
    expect(released.personal).toEqual({
      members: { 2: { 'members.name': { subject: 'person', open: true } } },
    });
    expect(compareLocks(released, lockOf(open()))).toEqual({ broken: [], unrecorded: [] });
    expect(compareLocks(empty, lockOf(plain()))).toEqual({ broken: [], unrecorded: [] });
  });

  test.each([
    ['sealed', sealed(), 'sealed, of person'],
    ['plain', plain(), 'not personal'],
    ['of another subject', personal(text(), 'friend', { open: true }), 'open, of friend'],
  ])('do not become %s in the same version', (_name, column, is) => {
    expect(compareLocks(released, lockOf(column)).broken).toEqual([
      `members.name is released as open, of person in version 2 of members, and is ${is} now: stored rows stay as they were. Bring the column back, or raise the version of members.`,
    ]);
  });

  test('a column that was sealed is not open in the same version', () => {
    const before = stored(empty, lockOf(sealed()));
    expect(compareLocks(before, lockOf(open())).broken).toEqual([
      expect.stringContaining('is open, of person now'),
    ]);
  });

  test('change with the version, and the lock keeps those before: the version may come back', () => {
    const raised = lockOf(sealed(), 4);
    expect(compareLocks(released, raised)).toEqual({
      broken: [],
      unrecorded: ['the personal columns of members version 4'],
    });
    const later = stored(released, raised);
    expect(compareLocks(later, lockOf(plain())).broken).toEqual([
      expect.stringContaining('in version 2 of members'),
    ]);
  });
});
