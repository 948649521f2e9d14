import fc from 'fast-check';
import { lawsOf } from 'ledge/testing';
import { test } from 'vitest';
import { app } from '../src/app.ts';

for (const law of lawsOf(app, fc)) test(law.name, law.check);
