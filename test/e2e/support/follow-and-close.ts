/** A process of its own that follows one live query, closes its client, and has nothing more to do. */
import { createClient } from '../../../client/index.ts';
import type { app } from '../../shop/app.ts';

const client = createClient<typeof app>({ url: process.argv[2] ?? '' });
for await (const _rows of client.live('orders', {})) break;
client.close();
console.log(`closed at ${Date.now()}`);
