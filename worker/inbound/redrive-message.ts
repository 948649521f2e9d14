/** Handles a parked message of an inbound again, with the code as it is now. What it has done before is not done again. */
import { findInbound } from '../../core/app.ts';
import { inboundNamed } from '../../core/inbound/inbound.ts';
import { failureText } from '../../core/protocol/problem.ts';
import { sendCommands } from '../commands/send-commands.ts';
import { parsedJson } from '../consumers/parsed-json.ts';
import { handleMessage } from './handle-message.ts';
import { inboundActor } from './inbound-sender.ts';
import { openedMessage } from './kept-message.ts';
import { type FailureTexts, failureTexts, type MessageStore } from './park-message.ts';

interface ParkedMessage {
  readonly id: string;
  readonly generation: string;
}

const READ = `SELECT event FROM dead_letter WHERE tenant = ? AND id = ? AND status = 'parked'`;

/** The message is kept no longer than it is needed. */
const RESOLVE = `
  UPDATE dead_letter SET status = 'redriven', resolved_at = ?3, event = 'null'
  WHERE tenant = ?1 AND id = ?2 AND status = 'parked'`;

const PARK_AGAIN = `
  UPDATE dead_letter SET attempts = attempts + 1, parked_at = ?3, error = ?4, stack = ?5
  WHERE tenant = ?1 AND id = ?2 AND status = 'parked'`;

/** Afterwards its dead letter is redriven, or parked with the new failure. */
export async function redriveMessage(store: MessageStore, parked: ParkedMessage): Promise<void> {
  const { machinery, tenant, database } = store;
  const { id } = parked;
  const row = await database.prepare(READ).bind(tenant, id).first<{ event: string }>();
  if (!row) return;
  const failure = await failureOf(store, parked, parsedJson(row.event));
  const now = new Date(machinery.platform.nowMs()).toISOString();
  const resolution = failure
    ? database.prepare(PARK_AGAIN).bind(tenant, id, now, failure.error, failure.stack)
    : database.prepare(RESOLVE).bind(tenant, id, now);
  await resolution.run();
}

/** Undefined where the message is handled. */
async function failureOf(
  { machinery, env, tenant }: MessageStore,
  { id, generation }: ParkedMessage,
  kept: unknown,
): Promise<FailureTexts | undefined> {
  const name = inboundNamed(generation) ?? '';
  const inbound = findInbound(machinery.app, name);
  if (!inbound) return { error: `The app has no inbound ${name}.`, stack: '' };
  const { log } = machinery.platform;
  try {
    const read = inbound.input.safeParse(await openedMessage(env, { tenant, id }, kept));
    if (!read.success) return { error: 'The schema of the inbound refuses it now.', stack: '' };
    const handled = await handleMessage(
      {
        ...{ machinery, env, sender: { tenant, actor: inboundActor(name) } },
        send: async (address, command) => {
          const [outcome] = await sendCommands(env, log, address, [command]);
          return outcome ?? { outcome: 'failed' };
        },
      },
      inbound,
      read.data,
    );
    return 'outcome' in handled ? { error: failureText(handled), stack: '' } : undefined;
  } catch (error) {
    return failureTexts(machinery, error);
  }
}
