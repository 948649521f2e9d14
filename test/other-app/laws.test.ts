/** The laws of every app, kept by the bank, in the runtime that it is deployed to. */
import fc from 'fast-check';
import { lawsOf } from 'ledge/testing';
import { describe, test } from 'vitest';
import { app } from './app.ts';

describe('LW1 the bank keeps the law:', () => {
  for (const law of lawsOf(app, fc)) test(law.name, law.check);
});
