/** Every command that had a key, sent again when the storm is over. */
import type { Command, History } from '../checker/history.ts';
import type { ChaosClient } from './client.ts';

/** A batch may touch a thousand streams. */
const BATCH_COMMANDS = 500;

/** What was answered has to be answered so again; what was not gets its answer now. */
export async function askAgain(client: ChaosClient, { command }: History): Promise<void> {
  const byKey = new Map(command.map(({ wanted }) => [`${wanted.stream} ${wanted.key}`, wanted]));
  const keyed: Command[] = [...byKey.values()].filter(({ key }) => key !== undefined);
  for (let at = 0; at < keyed.length; at += BATCH_COMMANDS) {
    await client.batch(keyed.slice(at, at + BATCH_COMMANDS));
  }
}
