/** Does one tick of a schedule for one tenant: under keys of the schedule, the tick and the place of each command. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { CommandAnswer } from '../../core/operator-shapes/command-answer.ts';
import type { Reaction } from '../../core/process/reactor.ts';
import { failureText } from '../../core/protocol/problem.ts';
import { type Schedule, tickOf } from '../../core/schedule/schedule.ts';
import type { UndoneTick } from '../../core/schedule/schedule-trouble.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import { sendCommands } from '../commands/send-commands.ts';
import { DefiniteFailure } from '../reactions/outcome-class.ts';
import { type KeyedSender, sendKeyed } from '../reactions/send-keyed.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { suspended } from '../runtime/known-tenants.ts';
import type { Machinery } from '../runtime/machinery.ts';

export interface TickRunner {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
}

/** Done: each command has an answer. Else it has to be done again, and then does what it has not done yet. */
export type TickEnd =
  | { readonly state: 'done'; readonly commands: readonly CommandAnswer[] }
  | Pick<UndoneTick, 'state' | 'cause'>;

/** Ours: an object that hangs does not hold up the ticks of a minute. What it does in spite of that is done once. */
const TICK_MS_MAX = 20_000;

/** Never rejects. */
export async function runTick(
  by: TickRunner,
  schedule: Schedule,
  tenant: string,
  atMs: number,
): Promise<TickEnd> {
  let commands: readonly Reaction[];
  try {
    commands = schedule.commandsAt(Object.freeze(tickOf(schedule, tenant, atMs)));
  } catch (error) {
    return { state: 'failed', cause: errorText(error) };
  }
  try {
    const late = 'The commands of a tick have not ended in time.';
    return await withDeadline(sent(by, schedule, tenant, atMs, commands), TICK_MS_MAX, late);
  } catch (error) {
    const isDefinite = error instanceof DefiniteFailure;
    return { state: isDefinite ? 'failed' : 'unsent', cause: errorText(error) };
  }
}

export function scheduleActor({ name }: Schedule): string {
  return `ledge:schedule/${name}`;
}

/** What callers are answered does not tell these apart. */
function refusalText(failure: Failure): string {
  if (failure.outcome === 'suspended') return failureText(failure);
  return 'The tenant is not provisioned or is erased, or the schedule is blocked in it.';
}

async function sent(
  { machinery, env }: TickRunner,
  schedule: Schedule,
  tenant: string,
  atMs: number,
  commands: readonly Reaction[],
): Promise<TickEnd> {
  if (commands.length === 0) return { state: 'done', commands: [] };
  const sender = { tenant, actor: scheduleActor(schedule) };
  const admission = await machinery.tenants.admission(env, sender);
  if ('outcome' in admission) return { state: 'refused', cause: refusalText(admission) };
  const { suspension } = admission;
  if (suspension) return { state: 'refused', cause: failureText(suspended(suspension)) };
  const { log } = machinery.platform;
  const keyed: KeyedSender = {
    ...{ machinery, env, sender },
    send: async (address, command) => {
      const [outcome] = await sendCommands(env, log, address, [command]);
      return outcome ?? { outcome: 'failed' };
    },
  };
  const answers = await sendKeyed(keyed, commands, `schedule/${schedule.name}/${atMs}`);
  if ('outcome' in answers) return { state: 'unsent', cause: failureText(answers) };
  return { state: 'done', commands: answers.value };
}
