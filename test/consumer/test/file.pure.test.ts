import { given, project } from 'ledge/testing';
import { expect, test } from 'vitest';
import { authors } from '../src/authors.ts';
import { file } from '../src/file.ts';

const ann = { commit: 'c1', author: 'Ann' };
const blob = 'b'.repeat(40);

test('a file that was deleted can be written again', () => {
  given(file, [{ type: 'FileAdded', data: { ...ann, blob } }])
    .when('DeleteFile', ann)
    .then([{ type: 'FileDeleted', data: ann }])
    .when('WriteFile', { ...ann, blob })
    .then([{ type: 'FileAdded', data: { ...ann, blob } }]);
});

test('a file that is not there is not deleted', () => {
  given(file).when('DeleteFile', ann).thenRejected('not-there');
});

test('an author has as many changes as events', () => {
  const common = { aggregate: file, id: 'README.md' } as const;
  const { authors: rows } = project(authors, [
    { ...common, type: 'FileAdded', data: { ...ann, blob } },
    { ...common, type: 'FileDeleted', data: ann },
  ]);
  expect(rows).toEqual([{ author: 'Ann', changes: 2 }]);
});
