/** The bank's own consumer: what it took stands in KV for the tests. */
import type { Env } from './env.ts';

export async function sendMail({ messages }: MessageBatch, { BANK_SESSIONS }: Env): Promise<void> {
  for (const { body } of messages) await BANK_SESSIONS.put(`mail/${body}`, 'sent');
}
