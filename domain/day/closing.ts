/** Closes every day of trade at its end. */

// #region schedule
import { command, defineSchedule } from 'ledge';
import { day } from './day.ts';

/** A day that was missed is closed all the same: what books its sales waits for it. */
export const closing = defineSchedule({
  name: 'closing',
  cron: '59 23 * * *',
  timeZone: 'Europe/Zurich',
  missed: 'all',
  on: ({ local }) => command(day, local.slice(0, 'YYYY-MM-DD'.length), 'CloseDay', {}),
  sends: { day: ['CloseDay'] },
});
// #endregion
