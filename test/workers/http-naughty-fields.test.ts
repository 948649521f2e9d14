/**
 * Naughty strings in every field that takes text, of every command of the shop. Of the big list each run takes
 * another part, all of it with `LEDGE_SCALE=8`, the same again with `LEDGE_SEED`.
 */
import { expect, test } from 'vitest';
import { someNaughty } from '../controls/naughty-strings.ts';
import { tryNaughtyCommands } from '../controls/naughty-trial.ts';
import { allStringFields } from '../controls/string-fields.ts';
import { app } from '../shop/app.ts';
import { deliver, env, fetchWorker, keptMessages, useKeptQueue } from './support/harness.ts';
import { keeper } from './support/keeper.ts';

useKeptQueue();

/** Thousands of streams, each written and read. */
const MINUTES = { timeout: 300_000 };

const STEP = Math.max(1, Math.round(8 / env.LEDGE_SCALE));
const seed = env.LEDGE_SEED ?? Date.now() % 1_000_000;
const texts = someNaughty(STEP, seed);

async function project(): Promise<void> {
  const messages = keptMessages();
  for (let start = 0; start < messages.length; start += 100) {
    const some = messages.slice(start, start + 100);
    expect((await deliver(some)).acked).toHaveLength(some.length);
  }
}

test(
  'H35 in every field of every command each naughty string is returned as it was sent, or refused',
  MINUTES,
  async () => {
    const tried = { aggregates: [...app.aggregates, keeper], projections: app.projections };
    const kept = await tryNaughtyCommands(tried, texts, fetchWorker, project);
    expect(Object.keys(kept).sort()).toEqual(allStringFields(tried.aggregates));
  },
);
