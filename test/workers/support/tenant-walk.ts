/**
 * What one tenant does in a walk through the API: a story with values of its own, then every operation of the document
 * that belongs to a tenant, as its schemas say. A generator, so that two tenants walk in step.
 */
import fc from 'fast-check';
import type { OpenApiDocument } from '../../../worker/api/openapi/operation.ts';
import { needOf } from '../../../worker/http/need.ts';
import { type Described, fittingRequest, initOf } from './fuzzed-request.ts';

/** How the tenants differ: in values, not in what they do. */
export interface WalkValues {
  readonly customer: string;
  readonly country: string;
  readonly priceCents: number;
  readonly quantity: number;
  /** Of the requests that are made from schemas. */
  readonly seed: number;
}

export interface WalkedRequest {
  readonly operation: string;
  readonly path: string;
  readonly init: RequestInit;
}

export interface WalkedAnswer {
  readonly operation: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export type Walk = Generator<WalkedRequest, void, WalkedAnswer>;

/** Of each operation. */
const SAMPLES = 3;

/** Operations of the whole deployment: their answers are about all tenants. */
export function ofTenants(document: OpenApiDocument): Described[] {
  return Object.entries(document.paths)
    .filter(([template]) => !['platform', 'platform-monitor'].includes(needOf(template) ?? ''))
    .flatMap(([template, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method, template, operation })),
    );
}

export function* walk(document: OpenApiDocument, values: WalkValues): Walk {
  yield* story(values);
  for (const one of ofTenants(document)) {
    const requests = fc.sample(fittingRequest(document, one), {
      numRuns: SAMPLES,
      seed: values.seed,
    });
    for (const request of requests) {
      yield {
        operation: `${request.method} ${one.template}`,
        path: request.path,
        init: initOf(request),
      };
    }
  }
  yield* reading(values.customer);
}

/** Stock, orders that a saga fulfils, one that is cancelled, a timer, events that no projection takes, keys. */
function* story({ customer, country, priceCents, quantity }: WalkValues): Walk {
  const line = { product: 'chai', quantity, unitCents: priceCents, discountBp: 0 };
  const order = { customer, country, lines: [line] };
  const reason = { reason: `${customer} wanted it` };
  yield command('product/chai/RegisterProduct', { name: customer, priceCents });
  yield command('product/chai/ReceiveStock', { quantity: quantity * 5 });
  yield command('order/o-1/PlaceOrder', order, { 'idempotency-key': 'once' });
  yield command('order/o-1/PlaceOrder', order, { 'idempotency-key': 'once' });
  yield command('order/o-2/PlaceOrder', { ...order, channel: 'phone' });
  yield command('payment/o-1/CapturePayment');
  yield command('order/o-2/CancelOrder', reason);
  yield command('order/o-3/PlaceOrder', order, { 'if-match': '"7"' });
  yield command('order/o-4/PlaceOrder', order);
  yield posted('/v1/sagas/fulfilment/o-4/cancel', reason);
  yield command('troublesome/t-1/WorkLater', { id: 'later', at: '2099-01-01T00:00:00.000Z' });
  yield posted('/v1/timers/troublesome/t-1/cancel', { timer: 'later', ...reason });
  yield* troubles(customer);
  yield* keys(customer);
  yield* reading(customer);
}

/** One is tried again, one is discarded. */
function* troubles(text: string): Walk {
  for (const id of ['q-1', 'q-2']) {
    yield command(`quoting/${id}/Say`, { text, part: 'projection' });
  }
  const listed = yield reads('/v1/dead-letters');
  const [first, second] = listOf(listed, 'deadLetters').map(encodeURIComponent);
  yield { ...reads(`/v1/dead-letters/${first}`), operation: 'a dead letter' };
  yield posted(`/v1/dead-letters/${first}/redrive`, {}, 'a dead letter is redriven');
  yield posted(`/v1/dead-letters/${second}/discard`, { reason: text }, 'and one is discarded');
}

function* keys(customer: string): Walk {
  const issued = yield posted('/v1/keys', { principal: `service:${customer}`, note: customer });
  const { id }: { id?: string } = JSON.parse(issued.text);
  yield posted(`/v1/keys/${id}/rotate`, { graceMs: 1_000 }, 'a key is rotated');
  yield posted(`/v1/keys/${id}/revoke`, { reason: customer }, 'a key is revoked');
}

/** Whatever a tenant can list, at two times. */
function* reading(customer: string): Walk {
  for (const path of [
    ...['/v1/queries/orders?count=true', '/v1/queries/products', '/v1/queries/customers'],
    ...['/v1/queries/sales-by-day', '/v1/queries/orders/o-1', '/v1/queries/orders?limit=1'],
    ...['/v1/queries/products/chai', `/v1/queries/orders-of-customer?customer=${customer}`],
    ...['/v1/aggregates/order/o-1', '/v1/streams/order/o-1', '/v1/streams/order?limit=1'],
    ...['/v1/events?limit=5', '/v1/events?limit=1000&wait=0', '/v1/sagas?count=true'],
    ...['/v1/sagas/fulfilment/o-1', '/v1/timers/troublesome/t-1', '/v1/dead-letters'],
    ...[
      '/v1/keys',
      '/v1/audit',
      '/v1/usage',
      '/v1/me',
      '/health',
      '/v1/live/orders',
      '/v1/live/products/chai',
    ],
  ]) {
    yield reads(path);
  }
}

function reads(path: string): WalkedRequest {
  return { operation: `GET ${path}`, path, init: {} };
}

/** The ids in a page. */
function listOf({ text }: WalkedAnswer, member: string): string[] {
  const page: Record<string, { id: string }[]> = JSON.parse(text);
  return (page[member] ?? []).map(({ id }) => id);
}

function command(path: string, data: object = {}, headers: Record<string, string> = {}) {
  return posted(`/v1/commands/${path}`, data, `POST ${path}`, headers);
}

function posted(
  path: string,
  data: object,
  operation = `POST ${path}`,
  headers: Record<string, string> = {},
): WalkedRequest {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(data),
  };
  return { operation, path, init };
}
