/** What the chaos is made of and measured by, without any. The chaos itself: `test/e2e/crash.test.ts`. */
import { expect, test } from 'vitest';
import type { FinalState } from '../checker/final-state.ts';
import type { Line } from '../checker/history.ts';
import { fulfilmentLaw } from './fulfilment-law.ts';
import { recoveriesMs } from './kills.ts';
import { seeded } from './random.ts';

const LINE = { product: 'chai', quantity: 2, unitCents: 100, discountBp: 0 };
const PLACED = {
  ...{ customer: 'ALFKI', country: 'DE', channel: 'web', lines: [LINE] },
  ...{ placedOn: '2026-01-01', grossCents: 200, netCents: 200 },
};

/** An event as `type` alone, or with its data. */
type EventEntry = string | readonly [type: string, data: object];

const RESERVED = ['StockReserved', { order: 'o-1', quantity: 2 }] as const;
const CAPTURED = ['PaymentCaptured', { cents: 200 }] as const;

/** Everything done, as a story for each stream. */
const shipped: Readonly<Record<string, readonly EventEntry[]>> = {
  'order/o-1': [['OrderPlaced', PLACED], 'OrderConfirmed', 'OrderShipped'],
  'payment/o-1': [['PaymentRequested', { cents: 200 }], CAPTURED],
  'shipment/o-1': [['ShipmentCreated', { country: 'DE', items: [] }], 'ShipmentDispatched'],
  'product/chai': [
    ['ProductRegistered', { name: 'Chai', priceCents: 100 }],
    ['StockReceived', { quantity: 2 }],
    RESERVED,
    ['StockShipped', { order: 'o-1', quantity: 2 }],
  ],
};

function broken(changes: Readonly<Record<string, readonly EventEntry[]>>): string[] {
  const logs = Object.entries({ ...shipped, ...changes }).map(([stream, entries]) => [
    stream,
    entries.map((one, index) => stored(stream, index + 1, one)),
  ]);
  const state: FinalState = {
    logs: Object.fromEntries(logs),
    ...{ journal: [], checkpoints: {}, states: {}, rows: {}, sagas: [], parked: [] },
  };
  return fulfilmentLaw(state).map(({ detail }) => detail);
}

function stored(stream: string, version: number, entry: EventEntry) {
  const [type, data] = typeof entry === 'string' ? [entry, {}] : entry;
  return { stream, version, type, data, schemaVersion: type === 'OrderPlaced' ? 2 : 1 };
}

const cancelled = {
  'order/o-1': [
    ['OrderPlaced', PLACED],
    ['OrderCancelled', PLACED],
  ],
} as const;

test('Z3 an order that was shipped, or left nothing behind, is balanced', () => {
  expect(broken({})).toEqual([]);
  const nothing = { 'payment/o-1': [], 'shipment/o-1': [], 'product/chai': [] };
  expect(broken({ ...cancelled, ...nothing })).toEqual([]);
  const takenBack = {
    'payment/o-1': [CAPTURED, ['PaymentRefunded', { cents: 200 }]],
    'shipment/o-1': ['ShipmentRecalled'],
    'product/chai': [],
  } as const;
  expect(broken({ ...cancelled, ...takenBack })).toEqual([]);
});

test.each<[string, Readonly<Record<string, readonly EventEntry[]>>]>([
  ['its payment is none', { 'payment/o-1': [] }],
  ['its shipment is cancelled', { 'shipment/o-1': ['ShipmentCancelled'] }],
  ['its stock is reserved', { 'product/chai': (shipped['product/chai'] ?? []).slice(0, -1) }],
  ['its payment is captured', { ...cancelled, 'product/chai': [], 'shipment/o-1': [] }],
  ['neither shipped nor cancelled: placed', { 'order/o-1': [['OrderPlaced', PLACED]] }],
  ['2 are promised', { 'product/chai': [['ProductRegistered', {}], RESERVED] }],
])('Z3 unbalanced: %s', (detail, changes) => {
  expect(broken(changes).join('\n')).toContain(detail);
});

test('Z3 a recovery is from a death to the first accepted command, in a life long enough for one', () => {
  const wanted = { kind: 'command', stream: 'product/p', command: 'Count', data: {} } as const;
  const read = { kind: 'state', stream: 'product/p' } as const;
  const line = (id: number, atMs: number) => ({ process: 'ann', id, atMs });
  const lines: Line[] = [
    { ...line(1, 0), type: 'invoke', wanted },
    { ...line(1, 10), type: 'ok', answer: {} },
    { ...line(2, 20), type: 'invoke', wanted: read },
    { ...line(2, 120), type: 'ok', answer: {} },
    { ...line(3, 130), type: 'invoke', wanted },
    { ...line(3, 150), type: 'ok', answer: {} },
    { ...line(4, 410), type: 'invoke', wanted },
    { ...line(4, 450), type: 'ok', answer: {} },
  ];
  expect(recoveriesMs(lines, [100, 300, 400])).toEqual([50]);
  expect(recoveriesMs(lines, [100, 200, 400, 500])).toEqual([50, 50]);
});

test('Z3 a seed is the same chance again, and its neighbour is another', () => {
  const throws = (seed: number) => Array.from({ length: 50 }, once(seed));
  const once = (seed: number) => {
    const random = seeded(seed);
    return () => random(6);
  };
  expect(throws(7)).toEqual(throws(7));
  expect(throws(7)).not.toEqual(throws(8));
  expect(new Set(throws(7)).size).toBe(6);
});
