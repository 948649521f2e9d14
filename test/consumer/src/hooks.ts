/** The hooks of a page, exported as a page's own module exports them. */
import { createHooks } from 'ledge/react';
import type { app } from './app.ts';

export const { LedgeProvider, useClient, useCommand, useConnection, useLiveQuery, useQuery } =
  createHooks<typeof app>();
