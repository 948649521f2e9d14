/** As `test/workers/http-naughty-fields.test.ts`, for an app that the runtime does not know, with its real queue. */
import { beforeAll, expect, test, vi } from 'vitest';
import { someNaughty } from '../controls/naughty-strings.ts';
import { tryNaughtyCommands } from '../controls/naughty-trial.ts';
import { allStringFields } from '../controls/string-fields.ts';
import { app } from './app.ts';
import { createBankTables, env, fetchBank } from './bank-worker.ts';

beforeAll(createBankTables);

/** The queue delivers the events; there is no signal when all have arrived. */
async function project(events: number): Promise<void> {
  const count = env.DB.prepare('SELECT count(*) AS n FROM journal');
  const isThere = async () => (await count.first<{ n: number }>())?.n === events;
  await vi.waitUntil(isThere, { timeout: 120_000, interval: 200 });
}

test('H35 in every field of every command naughty strings are returned as they were sent, or refused', {
  timeout: 300_000,
}, async () => {
  const kept = await tryNaughtyCommands(app, someNaughty(8, Date.now()), fetchBank, project);
  expect(Object.keys(kept).sort()).toEqual(allStringFields(app.aggregates));
});
