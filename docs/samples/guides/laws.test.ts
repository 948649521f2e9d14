/** What holds for every app, tried with the tutorial's. */
// #region laws
import fc from 'fast-check';
import { lawsOf } from 'ledge/testing';
import { describe, test } from 'vitest';
import { app } from '../tutorial/app.ts';

describe('the library keeps the law:', () => {
  for (const law of lawsOf(app, fc)) test(law.name, law.check);
});
// #endregion
