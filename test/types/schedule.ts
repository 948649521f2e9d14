/** What a user can and cannot write in `defineSchedule`. Checked by the compiler, never run. */
import { accept, command, defineAggregate, defineApp, defineSchedule, event } from 'ledge';
import * as z from 'zod';

const compiled = z.strictObject({ day: z.string() });

const report = defineAggregate({
  name: 'report',
  events: { ReportCompiled: event(compiled) },
  commands: { CompileReport: compiled },
  initialState: () => null,
  evolve: { ReportCompiled: () => null },
  decide: { CompileReport: () => accept() },
});

const base = { name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', missed: 'once' } as const;

export const nightly = defineSchedule({
  ...base,
  tenant: 'main',
  on: ({ at, local, tenant }) => [
    command(report, tenant, 'CompileReport', { day: local }),
    command(report, tenant, 'CompileReport', { day: at }),
  ],
});

defineApp({ aggregates: [report], schedules: [nightly] });

const { missed: _, ...undecided } = base;
// @ts-expect-error what becomes of missed ticks is decided by the app
defineSchedule({ ...undecided, on: () => [] });
// @ts-expect-error there is no such policy
defineSchedule({ ...base, missed: 'never', on: () => [] });
// @ts-expect-error a tick has no such field
defineSchedule({ ...base, on: ({ day }) => command(report, 'r', 'CompileReport', { day }) });
// @ts-expect-error the command needs its data
defineSchedule({ ...base, on: () => command(report, 'r', 'CompileReport', {}) });
// @ts-expect-error a schedule is pure: it returns no promise
defineSchedule({ ...base, on: async () => [] });
