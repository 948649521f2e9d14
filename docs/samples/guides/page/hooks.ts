/** The guides' hooks of a page with React. */
// #region hooks
import { createHooks } from 'ledge/react';
import type { app } from '../../tutorial/app.ts';

export const { LedgeProvider, useCommand, useConnection, useLiveQuery } = createHooks<typeof app>();
// #endregion
