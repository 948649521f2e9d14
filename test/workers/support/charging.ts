/** An aggregate whose events are acted on: a provider of payments is asked for money, and a gateway for letters. */
import * as z from 'zod';
import type { ActionCall } from '../../../core/action/action.ts';
import { defineAction, done, retry } from '../../../core/action/define-action.ts';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, reject, schedule } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { fail } from '../../../core/process/effect.ts';
import { command } from '../../../core/process/reactor.ts';
import { provider } from './payment-provider.ts';

const cents = z.int().min(1);
const asked = z.int().min(1).describe('The version of the request.');

export const charging = defineAggregate({
  name: 'charging',
  events: {
    PaymentRequested: event(z.strictObject({ cents })),
    PaymentCaptured: event(z.strictObject({ asked, receipt: z.string() })),
    PaymentDeclined: event(z.strictObject({ asked, reason: z.string() })),
    AuditWanted: event(z.strictObject({})),
  },
  commands: {
    RequestPayment: z.strictObject({ cents }),
    RequestPayments: z.strictObject({ cents, times: z.int() }),
    CapturePayment: z.strictObject({ asked, receipt: z.string() }),
    DeclinePayment: z.strictObject({ asked, reason: z.string() }),
    DeclineLater: z.strictObject({ at: z.string() }),
    WantAudit: z.strictObject({}),
  },
  initialState: (): { captured: readonly number[] } => ({ captured: [] }),
  evolve: {
    PaymentRequested: (state) => state,
    PaymentCaptured: ({ captured }, { data }) => ({ captured: [...captured, data.asked] }),
    PaymentDeclined: (state) => state,
    AuditWanted: (state) => state,
  },
  decide: {
    RequestPayment: (data) => accept({ type: 'PaymentRequested', data }),
    RequestPayments: ({ times, ...data }) =>
      accept(...Array.from({ length: times }, () => ({ type: 'PaymentRequested', data }) as const)),
    CapturePayment: (data, { captured }) => {
      provider.atCapture();
      return captured.includes(data.asked)
        ? reject('captured already')
        : accept({ type: 'PaymentCaptured', data });
    },
    DeclinePayment: (data) => accept({ type: 'PaymentDeclined', data }),
    WantAudit: (data) => accept({ type: 'AuditWanted', data }),
    DeclineLater: ({ at }) => {
      const data = { asked: 1, reason: 'late' };
      return accept().with(schedule('decline', { at, command: 'DeclinePayment', data }));
    },
  },
});

// #region action
/** What the action reads of the Worker's environment: here a service binding. */
interface PaymentEnv {
  readonly PAYMENTS: Pick<Fetcher, 'fetch'>;
}

export const charge = defineAction({
  name: 'charge',
  from: [charging],
  retry: { attempts: 8, forMs: 3 * 3_600_000 },
  timeoutMs: 250,
  on: {
    charging: {
      PaymentRequested: async (
        { aggregateId, data, version },
        { env, idempotencyKey, signal }: ActionCall<PaymentEnv>,
      ) => {
        const answer = await env.PAYMENTS.fetch('https://payments.example/charges', {
          method: 'POST',
          headers: { 'idempotency-key': idempotencyKey },
          body: JSON.stringify({ cents: data.cents }),
          signal,
        });
        if (answer.status === 402) return fail('declined');
        if (!answer.ok)
          return retry(Number(answer.headers.get('retry-after')) * 1_000 || undefined);
        const { receipt } = await answer.json<{ receipt: string }>();
        return command(charging, aggregateId, 'CapturePayment', { asked: version, receipt });
      },
    },
  },
  failed: {
    charging: {
      PaymentRequested: ({ aggregateId, version }, reason) =>
        command(charging, aggregateId, 'DeclinePayment', { asked: version, reason }),
    },
  },
});
// #endregion

/** No command follows, and none from its failure. */
export const letter = defineAction({
  name: 'letter',
  from: [charging],
  retry: { attempts: 2 },
  timeoutMs: 250,
  on: {
    charging: {
      PaymentDeclined: async (_event, { env, idempotencyKey, signal }: ActionCall<PaymentEnv>) => {
        const headers = { 'idempotency-key': idempotencyKey };
        const answer = await env.PAYMENTS.fetch('https://letters.example/', { headers, signal });
        return answer.ok ? done() : retry();
      },
    },
  },
});

/** Its attempts may take longer than an alarm waits. */
export const audit = defineAction({
  name: 'audit',
  from: [charging],
  timeoutMs: 10_000,
  on: {
    charging: {
      AuditWanted: async (_event, { env, signal }: ActionCall<PaymentEnv>) => {
        await env.PAYMENTS.fetch('https://audits.example/', { signal });
        return done();
      },
    },
  },
});
