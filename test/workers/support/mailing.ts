/** Letters to persons: an action that opens a personal field, and one that tries to without having declared it. */
import * as z from 'zod';
import type { ActionCall } from '../../../core/action/action.ts';
import { defineAction, done, retry } from '../../../core/action/define-action.ts';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { personal } from '../../../core/sealed/personal.ts';

const reader = z.strictObject({ person: z.string(), email: personal(z.email(), 'person') });

export const mailing = defineAggregate({
  name: 'mailing',
  events: { Subscribed: event(reader), Peeked: event(reader) },
  commands: { Subscribe: reader, Peek: reader },
  initialState: () => ({}),
  evolve: { Subscribed: (state) => state, Peeked: (state) => state },
  decide: {
    Subscribe: (data) => accept({ type: 'Subscribed', data }),
    Peek: (data) => accept({ type: 'Peeked', data }),
  },
});

interface MailEnv {
  readonly PAYMENTS: Pick<Fetcher, 'fetch'>;
}

// #region opens
export const confirmation = defineAction({
  name: 'confirmation',
  from: [mailing],
  opens: true,
  on: {
    mailing: {
      Subscribed: async ({ data }, { env, idempotencyKey, signal, open }: ActionCall<MailEnv>) => {
        const email = await open(data.email);
        // The person is forgotten: nothing is sent.
        if (email === null) return done();
        const answer = await env.PAYMENTS.fetch('https://letters.example/', {
          method: 'POST',
          headers: { 'idempotency-key': idempotencyKey },
          body: JSON.stringify({ to: email }),
          signal,
        });
        return answer.ok ? done() : retry();
      },
    },
  },
});
// #endregion

export const peeking = defineAction({
  name: 'peeking',
  from: [mailing],
  on: {
    mailing: {
      Peeked: async ({ data }, { open }: ActionCall<MailEnv>) => {
        await open(data.email);
        return done();
      },
    },
  },
});
