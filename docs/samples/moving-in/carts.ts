/** The documentation's import of carts from Emmett's tables in PostgreSQL, of rows in a file. */
// #region carts
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type EmmettMessage, emmettEvents, importEvents } from 'ledge/import';

async function* rowsIn(file: string): AsyncGenerator<EmmettMessage> {
  for await (const line of createInterface(createReadStream(file))) yield JSON.parse(line);
}

export function importCarts(file: string, url: string, token?: string) {
  const source = emmettEvents(rowsIn(file), {
    // Other aggregates stay in the old system. Metadata takes ids of persons, never their names.
    change: (event, { message_metadata }) =>
      event.aggregate === 'cart'
        ? { ...event, metadata: { ...event.metadata, actor: userOf(message_metadata) } }
        : undefined,
  });
  return importEvents({ source, url, token });
}

function userOf(metadata: unknown): string | undefined {
  const { userId }: { userId?: unknown } = Object(metadata);
  return typeof userId === 'string' ? `user:${userId}` : undefined;
}
// #endregion
