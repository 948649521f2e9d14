/** What a million of something costs: what was counted, at the platform's prices, and what had to be assumed. */
import { batch, hundred, lone, pending, saga, wide } from './counted.ts';
import { dollars, OBJECT_GIGABYTES, OPERATIONS_PER_MESSAGE } from './prices.ts';

/** For one. */
interface Usage {
  readonly requests: number;
  readonly objectCalls: number;
  readonly objectRows: number;
  readonly alarms: number;
  /** Calls by the consumer that committed. */
  readonly confirmations: number;
  readonly messages: number;
  /** Batches of messages that a consumer is called with. */
  readonly deliveries: number;
  readonly databaseRows: number;
  /** Requests to D1: not billed, and limited to some 500 to 1,000 a second. */
  readonly databaseTrips: number;
}

/** These cannot be counted locally as the platform does: assumed. */
export const assumed = {
  processorMsPerRequest: 2,
  processorMsPerMessage: 1,
  /** How long a call keeps its object awake. */
  objectMsPerCall: 40,
  /** A confirmation writes nothing: measured locally, a call of 1 ms. */
  objectMsPerConfirmation: 5,
} as const;

/** Written once for all that an alarm confirms: itself, and how far the journal is. */
const alarmRows = lone.objectRows - pending.objectRows + lone.confirmationRows;

const alone: Usage = {
  requests: 1,
  objectCalls: 1,
  objectRows: pending.objectRows + alarmRows,
  alarms: 1,
  confirmations: lone.confirmations,
  messages: lone.messages,
  deliveries: 1,
  databaseRows: lone.journalRows + lone.readModelRows,
  databaseTrips: lone.consumerTrips + lone.alarmTrips,
};

/** Each on an aggregate of its own, delivered together. */
const toMany: Usage = {
  ...alone,
  deliveries: 1 / wide.commands,
  databaseRows: wide.databaseRows / wide.commands,
  databaseTrips: lone.consumerTrips / wide.commands + lone.alarmTrips,
};

const underLoad: Usage = {
  ...alone,
  objectRows: pending.objectRows + alarmRows / hundred.commands,
  alarms: 1 / hundred.commands,
  confirmations: lone.confirmations / hundred.commands,
  deliveries: 1 / hundred.commands,
  databaseRows: hundred.databaseRows / hundred.commands,
  databaseTrips: lone.consumerTrips / hundred.commands,
};

const inBatches: Usage = {
  requests: 1 / batch.commands,
  objectCalls: 1 / batch.commands,
  objectRows: (batch.objectRows + lone.confirmationRows) / batch.commands,
  alarms: 1 / batch.commands,
  confirmations: lone.confirmations / batch.commands,
  messages: batch.messages / batch.commands,
  deliveries: 1 / batch.commands,
  databaseRows: batch.databaseRows / batch.commands,
  databaseTrips: lone.consumerTrips / batch.commands,
};

/** Each of its events comes of one call at most. */
const perSaga: Usage = {
  requests: saga.requests,
  objectCalls: saga.events,
  objectRows: saga.objectRows,
  alarms: saga.objects,
  confirmations: saga.messages,
  messages: saga.messages,
  deliveries: saga.messages,
  databaseRows: saga.databaseRows,
  databaseTrips: saga.messages * lone.consumerTrips,
};

export const usages = { alone, toMany, underLoad, inBatches, perSaga } as const;

/** By item, in dollars for one. */
export function costOf(usage: Usage): Readonly<Record<string, number>> {
  const { perProcessorMs } = dollars;
  const perCall = ofCall(assumed.objectMsPerCall);
  return {
    'Worker: request, processor time':
      usage.requests * (dollars.perWorkerRequest + assumed.processorMsPerRequest * perProcessorMs),
    'object: request, duration': usage.objectCalls * perCall,
    'object: rows written': usage.objectRows * dollars.perRowWritten,
    'alarm: request': usage.alarms * dollars.perObjectRequest,
    'confirmation: request, duration':
      usage.confirmations * ofCall(assumed.objectMsPerConfirmation),
    'queue: operations': usage.messages * OPERATIONS_PER_MESSAGE * dollars.perQueueOperation,
    'consumer: invocation, processor time':
      usage.deliveries * dollars.perWorkerRequest +
      usage.messages * assumed.processorMsPerMessage * perProcessorMs,
    'D1: rows written': usage.databaseRows * dollars.perRowWritten,
  };
}

function ofCall(awakeMs: number): number {
  return (
    dollars.perObjectRequest + (awakeMs / 1_000) * OBJECT_GIGABYTES * dollars.perGigabyteSecond
  );
}
