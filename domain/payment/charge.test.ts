import { command } from 'ledge';
import { givenAction, type ReceivedEvent } from 'ledge/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { charge } from './charge.ts';
import { payment } from './payment.ts';

const env = { PAYMENT_PROVIDER_URL: 'https://payments.example/charges' };

const requested: ReceivedEvent<typeof payment> = {
  ...{ aggregate: payment, id: 'o-1' },
  ...{ type: 'PaymentRequested', data: { cents: 1_800 } },
};

function answering(status: number) {
  const fetch = vi.fn(async () => ({ ok: status < 300, status }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('D22 a requested payment is charged at the provider, under the key of the action', () => {
  test('and captured', async () => {
    const fetch = answering(201);
    await givenAction(charge)
      .whenEvent(requested, { env, idempotencyKey: 'k-1' })
      .thenSends(command(payment, 'o-1', 'CapturePayment', {}));
    expect(fetch).toHaveBeenCalledWith(
      env.PAYMENT_PROVIDER_URL,
      expect.objectContaining({
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k-1' },
        body: '{"order":"o-1","cents":1800}',
      }),
    );
  });

  test('declined for good', async () => {
    answering(402);
    await givenAction(charge)
      .whenEvent(requested, { env })
      .thenFails('The provider has declined the payment.');
    givenAction(charge)
      .whenFailed(requested, 'too late')
      .thenSends(command(payment, 'o-1', 'DeclinePayment', { reason: 'too late' }));
  });

  test('or tried again', async () => {
    answering(503);
    await givenAction(charge).whenEvent(requested, { env }).thenRetries();
  });

  test('without a provider nothing is called', async () => {
    const fetch = answering(201);
    await givenAction(charge).whenEvent(requested, { env: {} }).thenSends();
    expect(fetch).not.toHaveBeenCalled();
  });
});
