/**
 * What is billed by the piece, counted by the platform's own counters: `test/workers/bill.test.ts` asserts each of
 * these numbers, and the page of benchmarks derives from them what a million commands cost.
 */

/** Of a lone command of one event, with a key, and one read model with one row to change. */
export const lone = {
  /** Event, outcome, alarm. */
  objectRows: 3,
  /** Written by the alarm when the consumer has confirmed the event. */
  confirmationRows: 1,
  /** Requests to D1: of the batch of messages that delivers it, and of the alarm. */
  consumerTrips: 2,
  alarmTrips: 0,
  /** Calls of its object by the consumer. */
  confirmations: 1,
  messages: 1,
  /** A page of the journal and a checkpoint. */
  journalRows: 2,
  readModelRows: 1,
} as const;

/** What the first write of an object costs more: two for its tables, and the row with its name and storage format. */
export const born = { objectRows: 3 } as const;

/** The next command while one is unconfirmed: the alarm is armed already. */
export const pending = { objectRows: 2 } as const;

export const repeated = { objectRows: 0, messages: 0 } as const;

/** A hundred commands with keys to one aggregate, each in a request of its own, that one batch of messages delivers. */
export const hundred = {
  commands: 100,
  /** A page of the journal, a checkpoint, a row of the read model. */
  databaseRows: 3,
} as const;

/** A hundred commands, each to an aggregate that is not written again within seconds, that one batch of messages delivers. */
export const wide = { commands: 100, databaseRows: 201 } as const;

/** The same hundred in one request: an event and an outcome for each, one alarm, one message. */
export const batch = { commands: 100, objectRows: 201, messages: 1, databaseRows: 3 } as const;

/**
 * An order of two lines that the shop's saga sees paid and shipped, from the order on, confirmations included. Each
 * message comes in a batch of its own, which is the dearest way.
 */
export const saga = {
  /** Its own 11, and 11 of the order, the payment, the shipment and the two products. */
  events: 22,
  /** Commands from outside: the order and the capture. */
  requests: 2,
  /** The order, its saga, its payment, its shipment, two products. */
  objects: 6,
  objectRows: 59,
  messages: 20,
  databaseRows: 60,
} as const;

/** What a followed read model costs more, for each batch of messages that changes it. */
export const followed = { databaseRows: 0, calls: 1 } as const;
