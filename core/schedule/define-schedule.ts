/** `defineSchedule`: which commands follow from the time of day. */
import { type Reaction, reactionsFrom } from '../process/reactor.ts';
import { declaredReactions, type SentCommands } from '../process/sent-commands.ts';
import type { MissedPolicy, Schedule, ScheduleTick } from './schedule.ts';
import { missedPolicies } from './schedule.ts';
import { tickTimes } from './tick-times.ts';

/** Ours, as of a message of an inbound. */
const TICK_COMMANDS_MAX = 100;

/**
 * Defines a schedule: at each time of its cron, in its time zone, commands are sent, each executed once however often the
 * platform's cron runs. A command that cannot be sent is sent again every minute; a rejection is an answer. The function is pure:
 * it is called again for a tick that is not done, and then has to return the same commands in the same order.
 *
 * `cron` has five fields: minute, hour, day of the month, month, day of the week. `missed` decides on ticks that were not done in
 * time: `skip`, `once` or `all`. `tenant`: whose commands they are; left out, there is a tick for each tenant.
 *
 * @throws RangeError for a cron, a time zone or a policy that is none
 * @example defineSchedule({
 *   name: 'nightly-report',
 *   cron: '0 3 * * *',
 *   timeZone: 'Europe/Zurich',
 *   missed: 'once',
 *   on: ({ local }) => command(report, local.slice(0, 10), 'CompileReport', {}),
 * })
 */
export function defineSchedule<const Name extends string>(definition: {
  readonly name: Name;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: MissedPolicy;
  readonly tenant?: string;
  readonly on: (tick: ScheduleTick) => Reaction | readonly Reaction[];
  /** The commands that may be sent, by aggregate: the catalog shows them, and no other one is sent. */
  readonly sends?: SentCommands;
}): Schedule & { readonly name: Name } {
  const { name, cron, timeZone, missed, tenant, on, sends } = definition;
  if (!missedPolicies.includes(missed)) {
    throw new RangeError(
      `${name} has missed: ${missed}. It is one of ${missedPolicies.join(', ')}.`,
    );
  }
  return {
    ...{ kind: 'schedule', name, cron, timeZone, missed },
    ...(tenant !== undefined && { tenant }),
    ...(sends && { sends }),
    times: tickTimes(cron, timeZone),
    commandsAt: (tick) => {
      const commands = declaredReactions(name, sends, reactionsFrom(on(tick), name));
      if (commands.length <= TICK_COMMANDS_MAX) return commands;
      throw new RangeError(
        `${name} has ${commands.length} commands for a tick; the limit is ${TICK_COMMANDS_MAX}.`,
      );
    },
  };
}
