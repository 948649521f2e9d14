import type { EventOf, ReasonOf } from 'ledge';
import { given } from 'ledge/testing';
import { describe, test } from 'vitest';
import { shipment } from './shipment.ts';

const parcel = { country: 'Germany', items: [{ product: 'chai', quantity: 3 }] };
const created = { type: 'ShipmentCreated', data: parcel } as const;
const dispatched = { type: 'ShipmentDispatched', data: {} } as const;
const delivered = { type: 'ShipmentDelivered', data: {} } as const;
const cancelled = { type: 'ShipmentCancelled', data: {} } as const;
const recalled = { type: 'ShipmentRecalled', data: {} } as const;
const returned = { type: 'ShipmentReturned', data: {} } as const;

const histories = {
  none: [],
  created: [created],
  dispatched: [created, dispatched],
  delivered: [created, dispatched, delivered],
  cancelled: [created, cancelled],
  'cancelled early': [cancelled],
  recalled: [created, dispatched, recalled],
  returned: [created, dispatched, returned],
};

const commands = {
  CreateShipment: parcel,
  DispatchShipment: {},
  ConfirmDelivery: {},
  CancelShipment: {},
  ReturnShipment: {},
};

type State = keyof typeof histories;
type Command = keyof typeof commands;

/** Events, or why not. */
type Answer =
  | readonly EventOf<typeof shipment.events>[]
  | ReasonOf<(typeof shipment.decide)[Command]>;

const answers: { readonly [S in State]: { readonly [C in Command]: Answer } } = {
  none: {
    CreateShipment: [created],
    DispatchShipment: 'not-created',
    ConfirmDelivery: 'not-dispatched',
    CancelShipment: [cancelled],
    ReturnShipment: 'not-dispatched',
  },
  created: {
    CreateShipment: [],
    DispatchShipment: [dispatched],
    ConfirmDelivery: 'not-dispatched',
    CancelShipment: [cancelled],
    ReturnShipment: 'not-dispatched',
  },
  dispatched: {
    CreateShipment: [],
    DispatchShipment: [],
    ConfirmDelivery: [delivered],
    CancelShipment: [recalled],
    ReturnShipment: [returned],
  },
  delivered: {
    CreateShipment: [],
    DispatchShipment: [],
    ConfirmDelivery: [],
    CancelShipment: [],
    ReturnShipment: [returned],
  },
  cancelled: {
    CreateShipment: 'cancelled',
    DispatchShipment: 'not-created',
    ConfirmDelivery: 'not-dispatched',
    CancelShipment: [],
    ReturnShipment: 'not-dispatched',
  },
  'cancelled early': {
    CreateShipment: 'cancelled',
    DispatchShipment: 'not-created',
    ConfirmDelivery: 'not-dispatched',
    CancelShipment: [],
    ReturnShipment: 'not-dispatched',
  },
  recalled: {
    CreateShipment: [],
    DispatchShipment: 'not-created',
    ConfirmDelivery: [],
    CancelShipment: [],
    ReturnShipment: [],
  },
  returned: {
    CreateShipment: [],
    DispatchShipment: 'not-created',
    ConfirmDelivery: [],
    CancelShipment: [],
    ReturnShipment: [],
  },
};

const states: State[] = [
  'none',
  'created',
  'dispatched',
  'delivered',
  'cancelled',
  'cancelled early',
  'recalled',
  'returned',
];

const names: Command[] = [
  'CreateShipment',
  'DispatchShipment',
  'ConfirmDelivery',
  'CancelShipment',
  'ReturnShipment',
];

describe.each(states)('a shipment that is %s', (state) => {
  test.each(names)('answers %s', (command) => {
    const decided = given(shipment, histories[state]).when(command, commands[command]);
    const answer = answers[state][command];
    if (typeof answer === 'string') decided.thenRejected(answer);
    else decided.then(answer);
  });
});
