/** The rows that events become: as strict as the database, and without one. */
import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import { jar } from './jar.ts';
import { jars } from './jars.ts';

const bicycle = { aggregate: jar, id: 'bicycle-1' } as const;

test('a row says what is saved and what is missing', () => {
  const { jars: rows } = project(jars, [
    { ...bicycle, type: 'JarOpened', data: { goalCents: 500 } },
    { ...bicycle, type: 'MoneySaved', data: { cents: 200 } },
  ]);
  expect(rows).toEqual([{ jar: 'bicycle-1', status: 'open', savedCents: 200, missingCents: 300 }]);
});
