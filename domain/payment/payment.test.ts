import type { EventOf, ReasonOf } from 'ledge';
import { given } from 'ledge/testing';
import { describe, test } from 'vitest';
import { payment } from './payment.ts';

const cents = 7_498;
const requested = { type: 'PaymentRequested', data: { cents } } as const;
const captured = { type: 'PaymentCaptured', data: { cents } } as const;
const declined = { type: 'PaymentDeclined', data: { reason: 'no funds' } } as const;
const cancelled = { type: 'PaymentCancelled', data: {} } as const;
const refunded = { type: 'PaymentRefunded', data: { cents } } as const;

const histories = {
  none: [],
  requested: [requested],
  captured: [requested, captured],
  declined: [requested, declined],
  cancelled: [requested, cancelled],
  'cancelled early': [cancelled],
  refunded: [requested, captured, refunded],
};

const commands = {
  RequestPayment: { cents },
  CapturePayment: {},
  DeclinePayment: { reason: 'no funds' },
  RefundPayment: {},
};

type State = keyof typeof histories;
type Command = keyof typeof commands;

/** Events, or why not. */
type Answer =
  | readonly EventOf<typeof payment.events>[]
  | ReasonOf<(typeof payment.decide)[Command]>;

const answers: { readonly [S in State]: { readonly [C in Command]: Answer } } = {
  none: {
    RequestPayment: [requested],
    CapturePayment: 'not-requested',
    DeclinePayment: 'not-requested',
    RefundPayment: [cancelled],
  },
  requested: {
    RequestPayment: [],
    CapturePayment: [captured],
    DeclinePayment: [declined],
    RefundPayment: [cancelled],
  },
  captured: {
    RequestPayment: [],
    CapturePayment: [],
    DeclinePayment: 'not-requested',
    RefundPayment: [refunded],
  },
  declined: {
    RequestPayment: [],
    CapturePayment: 'not-requested',
    DeclinePayment: [],
    RefundPayment: [],
  },
  cancelled: {
    RequestPayment: 'cancelled',
    CapturePayment: 'not-requested',
    DeclinePayment: 'not-requested',
    RefundPayment: [],
  },
  'cancelled early': {
    RequestPayment: 'cancelled',
    CapturePayment: 'not-requested',
    DeclinePayment: 'not-requested',
    RefundPayment: [],
  },
  refunded: {
    RequestPayment: [],
    CapturePayment: 'not-requested',
    DeclinePayment: 'not-requested',
    RefundPayment: [],
  },
};

const states: State[] = [
  'none',
  'requested',
  'captured',
  'declined',
  'cancelled',
  'cancelled early',
  'refunded',
];

describe.each(states)('a payment that is %s', (state) => {
  test.each<Command>(['RequestPayment', 'CapturePayment', 'DeclinePayment', 'RefundPayment'])(
    'answers %s',
    (command) => {
      const decided = given(payment, histories[state]).when(command, commands[command]);
      const answer = answers[state][command];
      if (typeof answer === 'string') decided.thenRejected(answer);
      else decided.then(answer);
    },
  );
});

test('another amount cannot be requested under the same id', () => {
  given(payment, histories.captured)
    .when('RequestPayment', { cents: 1 })
    .thenRejected('already-requested', { cents });
});
