/** `ledge access matrix`, and the check that its file is what the rules say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { permissionsText } from '../../cli/access/permissions.ts';
import { permissionsFaults, writePermissions } from '../../cli/access/permissions-file.ts';
import { findFaults } from '../../cli/check/find-faults.ts';
import { defineAccess } from '../../core/access/define-access.ts';
import { readProject } from '../../migrations/project.ts';
import { app } from '../shop/app.ts';

const access = defineAccess(app, {
  claims: z.object({ customer: z.string().optional() }),
  roles: {
    customer: {
      commands: {
        order: { CancelOrder: { state: (state) => state.status === 'placed' }, ConfirmOrder: true },
      },
      rows: { orders: { customer: ({ claims }) => claims.customer, country: 'Norway' } },
    },
    chief: { commands: 'all', journal: 'all', operate: ['sagas', 'timers'], backdate: true },
  },
  limits: { customer: { class: 'low', sockets: 3 } },
});

test('AC6 the table has each grant, and each rule with its source', () => {
  const lines = permissionsText(app, access, 'src/access.ts').split('\n');
  for (const line of [
    '| command | customer | chief |',
    '| order/CancelOrder | state | yes |',
    '| order/ConfirmOrder | yes | yes |',
    '| order/PlaceOrder |  | yes |',
    '| orders | customer, country |  |',
    '| journal |  | all |',
    '| operate |  | sagas, timers |',
    '| backdate |  | yes |',
    '| class | low | high |',
    '| sockets | 3 | 1000 |',
    '### customer: command order/CancelOrder, state',
    '"Norway"',
  ]) {
    expect(lines).toContain(line);
  }
  expect(lines.join()).toContain('claims.customer');
  expect(lines.join()).not.toContain('| inspect');
});

const folder = mkdtempSync('permissions-test-');
const file = (name: string) => join(folder, name);
const flags = { app: file('app.ts') };

afterAll(() => rmSync(folder, { recursive: true }));

const RULES = `
import { defineAccess } from '../core/access/define-access.ts';
import * as z from 'zod';
import { app } from '../test/other-app/app.ts';
export const access = defineAccess(app, { claims: z.object({}), roles: { reader: { read: 'all' } } });
`;

test('AC6 the check knows a file that is missing, right, or out of date', async () => {
  writeFileSync(file('app.ts'), "export { app } from '../test/other-app/app.ts';\n");
  expect(await permissionsFaults(readProject(flags))).toEqual([]);
  await expect(writePermissions(flags)).rejects.toThrow('no access rules');
  writeFileSync(file('access.ts'), RULES);
  expect(await permissionsFaults(readProject(flags))).toEqual([
    expect.stringContaining('access matrix'),
  ]);
  expect(await writePermissions(flags)).toMatchObject({ ok: true });
  expect(readFileSync(file('access.md'), 'utf8')).toContain('| reader |');
  expect(await permissionsFaults(readProject(flags))).toEqual([]);
  writeFileSync(file('access.ts'), RULES.replace('reader', 'writer'));
  expect(await permissionsFaults(readProject(flags))).toHaveLength(1);
});

test('CK21 the check loads the app once, also where there are access rules', async () => {
  const counted = 'globalThis.appLoads = (globalThis.appLoads ?? 0) + 1;\n';
  writeFileSync(file('app.ts'), `${counted}export { app } from '../test/other-app/app.ts';\n`);
  writeFileSync(file('access.ts'), RULES.replace('../test/other-app/app.ts', './app.ts'));
  const faults = await findFaults(flags);
  expect(faults.join()).not.toContain('cannot be loaded');
  expect(Object(globalThis).appLoads).toBe(1);
});

test('CK21 rules that cannot be loaded are a fault, and hide none of the app', async () => {
  writeFileSync(file('app.ts'), "export { app } from '../test/other-app/app.ts';\n");
  writeFileSync(file('access.ts'), "throw new Error('no rules today');\n");
  const faults = await findFaults(flags);
  expect(faults).toContainEqual(
    expect.stringMatching(/access\.ts cannot be loaded: .*no rules today/),
  );
  expect(faults).toContainEqual(expect.stringContaining('Not recorded yet'));
});
