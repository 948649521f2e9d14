/** The typed client, exported for others to compile against. */
import { createClient } from 'ledge/client';
import type { app } from './app.ts';

export const connect = (fetch: (url: string, init: RequestInit) => Promise<Response>) =>
  createClient<typeof app>({ url: 'http://localhost', fetch });
