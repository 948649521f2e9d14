/** What an app costs the compiler, in instantiations: unlike seconds these are the same on every machine. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type CheckFigures, checkApp, emitDeclarations } from '../../bench/types/measure.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'dist/check-time-test');
const ledge = join(folder, 'ledge');

function appOf(size: number): CheckFigures {
  return checkApp(root, join(folder, `app-${size}`), '../ledge', {
    aggregates: size,
    projections: size,
  });
}

beforeAll(() => emitDeclarations(root, ledge), 300_000);

test('TY14 an aggregate, a projection and their use by a client cost a bounded number of instantiations', {
  timeout: 300_000,
}, () => {
  const [small, large] = [appOf(2), appOf(40)];
  const each = (large.instantiations - small.instantiations) / 38;
  expect(each).toBeLessThan(22_500);
});
