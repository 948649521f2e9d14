/** Run after each test file: the files share one workerd, and none meets what another has stored. */
import { abortAllDurableObjects, reset } from 'cloudflare:test';
import { afterAll } from 'vitest';
import { dropTables } from './empty-deployment.ts';
import { forgetDatabases, resetFaults } from './faults.ts';
import { forgetObjects } from './object-ids.ts';

afterAll(async () => {
  resetFaults();
  // An object that is awake would be left as it is, and D1 is one that always is.
  await abortAllDurableObjects();
  await reset();
  await dropTables();
  forgetDatabases();
  await forgetObjects();
});
