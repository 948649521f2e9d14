/**
 * A process of its own that serves a Worker, on whatever state it finds, until it is killed. Started by victim.ts with
 * the options in a file; says where it listens once it does.
 */
import { readFile } from 'node:fs/promises';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import type { ServeOptions } from './victim.ts';

// A test that was cut short must not leave a server behind.
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));

const options: ServeOptions = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8'));

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    ...options.worker,
    name: 'ledge',
    bindings: { LEDGE_LOCAL_DEVELOPMENT: 'true' },
    modules: [{ type: 'ESModule', path: options.script }],
    modulesRoot: options.folder,
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ message }) => process.send?.({ log: message }),
  }),
  resourcePersistencePath: options.stateFolder,
});
const url = await miniflare.ready;
if (options.statements.length > 0) {
  const database = await miniflare.getD1Database('DB');
  for (const statement of options.statements) await database.prepare(statement).run();
}
process.send?.({ url: url.origin });
