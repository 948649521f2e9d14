/** The history of a git repository, in small: a stream for each path. */
import { defineApp } from 'ledge';
import { authors } from './authors.ts';
import { file } from './file.ts';
import { cleanUp, restores, review } from './processes.ts';

export const app = defineApp({
  aggregates: [file],
  projections: [authors],
  reactors: [restores],
  sagas: [review, cleanUp],
});
