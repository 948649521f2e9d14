/** Charges what was requested at the payment provider. An action: the one file of the domain that awaits. */

// #region charge
import { type ActionCall, command, defineAction, done, fail, retry } from 'ledge';
import { payment } from './payment.ts';

interface ChargeRequest {
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: ActionCall['signal'];
}

/** The platform's, of which the domain knows this much. */
declare const fetch: (
  url: string,
  request: ChargeRequest,
) => Promise<{ readonly ok: boolean; readonly status: number }>;

/** Of the Worker. */
interface ChargeEnv {
  /** The address that charges are posted to. Left out: captures and declines are reported by commands. */
  readonly PAYMENT_PROVIDER_URL?: string;
}

const HOUR_MS = 3_600_000;

/** The provider knows an idempotency key for a day: attempts end long before. */
export const charge = defineAction({
  name: 'charge',
  from: [payment],
  retry: { attempts: 10, forMs: 3 * HOUR_MS },
  on: {
    payment: {
      PaymentRequested: async (
        { aggregateId, data: { cents } },
        { env, idempotencyKey, signal }: ActionCall<ChargeEnv>,
      ) => {
        const { PAYMENT_PROVIDER_URL: url } = env;
        if (url === undefined) return done();
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body: JSON.stringify({ order: aggregateId, cents }),
          signal,
        });
        if (answer.status === 402) return fail('The provider has declined the payment.');
        return answer.ok ? command(payment, aggregateId, 'CapturePayment', {}) : retry();
      },
    },
  },
  failed: {
    payment: {
      PaymentRequested: ({ aggregateId }, reason) =>
        command(payment, aggregateId, 'DeclinePayment', { reason: reason.slice(0, 1_000) }),
    },
  },
  sends: { payment: ['CapturePayment', 'DeclinePayment'] },
});
// #endregion
