/** The bank's own consumer: the tests read from KV what it received. */
import type { Env } from './env.ts';

export async function sendMail({ messages }: MessageBatch, { BANK_SESSIONS }: Env): Promise<void> {
  for (const { body } of messages) await BANK_SESSIONS.put(`mail/${body}`, 'sent');
}
