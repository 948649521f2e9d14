/** Every command that had an idempotency key and no credential, sent again when the storm is over. */
import type { Command, History } from '../checker/history.ts';
import type { ChaosClient } from './client.ts';

/** A batch may touch a thousand streams. */
const BATCH_COMMANDS = 500;

/**
 * Repeats every command with its key: an answered one has to get the same outcome, an unanswered one gets its first.
 */
export async function askAgain(client: ChaosClient, { command }: History): Promise<void> {
  const byKey = new Map(command.map(({ wanted }) => [`${wanted.stream} ${wanted.key}`, wanted]));
  const keyed: Command[] = [...byKey.values()].filter(
    ({ key, credential }) => key !== undefined && credential === undefined,
  );
  for (let at = 0; at < keyed.length; at += BATCH_COMMANDS) {
    await client.batch(keyed.slice(at, at + BATCH_COMMANDS));
  }
}
