/** The hooks, typed by the reference app. */

import type { ListRow } from 'ledge/client';
import { createHooks } from 'ledge/react';
import type { app } from '../../../domain/app.ts';

export type Shop = typeof app;
export type OrderOnBoard = ListRow<Shop, 'orders'>;

export const { LedgeProvider, useCommand, useConnection, useLiveQuery, useQuery } =
  createHooks<Shop>();
