/** The app's own client, on the Worker under test. */
import { exports } from 'cloudflare:workers';
import { createClient } from 'ledge/client';
import type { app } from '../src/app.ts';

export const client = createClient<typeof app>({
  url: 'http://localhost',
  fetch: (url, init) => exports.default.fetch(new Request(url, init)),
});
