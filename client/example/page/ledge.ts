/** The hooks, typed by the reference app. */
import type { app } from '../../../domain/app.ts';
import type { ListRow } from '../../app-types.ts';
import { createHooks, type ExpectationOf } from '../../react/index.ts';

export type App = typeof app;
export type OrderRow = ListRow<App, 'orders'>;
export type Expected = ExpectationOf<App>;

export const { LedgeProvider, useCommand, useLiveQuery } = createHooks<App>();
