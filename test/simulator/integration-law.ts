/**
 * What other systems may rely on, whatever has gone wrong: each message is executed once and in order, each request is
 * charged once in effect and ends once, and each event is in the feed once, delivered to every subscription and worked on by
 * a consumer of the group, in the order of its stream.
 */
import { type Finding, findingsOf } from '../checker/finding.ts';
import type { Charge } from './payment-system.ts';
import type { TakenWebhook } from './webhook-receiver.ts';

/** A message of the other system; its `cents` are its own. */
export interface Booking {
  readonly account: string;
  readonly cents: number;
  /** It was a dead letter, and redriven after the storm: those behind it have passed it. */
  readonly wasParked: boolean;
}

export interface ChargingEvent {
  readonly type: string;
  readonly version: number;
  readonly data: { readonly cents?: number; readonly asked?: number; readonly receipt?: string };
}

export interface FeedEvent {
  readonly id: string;
  readonly subject: string;
}

export interface Observed {
  /** Each once, in the order of acceptance. */
  readonly bookings: readonly Booking[];
  /** By account. */
  readonly streams: ReadonlyMap<string, readonly ChargingEvent[]>;
  readonly calls: readonly Charge[];
  readonly charges: readonly Charge[];
  /** From the beginning, after the storm. */
  readonly feed: readonly FeedEvent[];
  /** By a consumer that has followed it from the beginning, during the storm. */
  readonly followed: readonly FeedEvent[];
  /** By the consumers of the group, repeats included. */
  readonly handled: readonly FeedEvent[];
  /** Receipts that another consumer has settled than the one that was given them. */
  readonly trespassed: readonly string[];
  /** By subscription, repeats included. */
  readonly taken: ReadonlyMap<string, readonly TakenWebhook[]>;
}

const lost = findingsOf('lost');
const doubled = findingsOf('doubled');
const phantom = findingsOf('phantom');
const reordered = findingsOf('reordered');
const unfinished = findingsOf('unfinished');
const changed = findingsOf('changed');

export function integrationFindings(observed: Observed): Finding[] {
  const streams = [...observed.streams].map(([account, events]) => ({ account, events }));
  return [
    ...streams.flatMap(({ account, events }) => [
      ...executedOnce(`charging/${account}`, bookingsOf(observed, account), events),
      ...endedOnce(`charging/${account}`, events, observed.charges),
      ...calledInOrder(`charging/${account}`, events, observed.calls),
    ]),
    ...publishedOnce(observed),
    ...sameFeed(observed),
    ...consumedOnce(observed),
    ...[...observed.taken].flatMap(([url, taken]) => deliveryFindings(url, observed.feed, taken)),
  ];
}

function bookingsOf({ bookings }: Observed, account: string): Booking[] {
  return bookings.filter((one) => one.account === account);
}

function requestsOf(events: readonly ChargingEvent[]): ChargingEvent[] {
  return events.filter(({ type }) => type === 'PaymentRequested');
}

/** One sender sends the messages of an account, one after another. */
function executedOnce(
  stream: string,
  bookings: readonly Booking[],
  events: readonly ChargingEvent[],
): Finding[] {
  const requested = requestsOf(events).map(({ data }) => data.cents ?? 0);
  const booked = bookings.map(({ cents }) => cents);
  const ordered = bookings.filter(({ wasParked }) => !wasParked).map(({ cents }) => cents);
  return [...differences(stream, booked, requested), ...outOfOrder(stream, ordered, requested)];
}

function endedOnce(
  stream: string,
  events: readonly ChargingEvent[],
  charges: readonly Charge[],
): Finding[] {
  return requestsOf(events).flatMap(({ version, data }) => {
    const where = `${stream}@${version}`;
    const ends = events.filter((one) => one.data.asked === version);
    const own = charges.filter(({ cents }) => cents === data.cents);
    const [end] = ends;
    if (!end) return [unfinished(where, 'It is neither captured nor declined.')];
    const isCharged = own.some(({ key }) => key === end.data.receipt);
    return [
      ...(ends.length > 1 ? [doubled(where, `It has ${ends.length} ends.`)] : []),
      ...(own.length > 1 ? [doubled(where, `It is charged under ${own.length} keys.`)] : []),
      ...(end.type === 'PaymentCaptured' && !isCharged
        ? [phantom(where, 'It is captured, and nothing was charged.')]
        : []),
    ];
  });
}

/** The call for an event comes after the end of the one before. */
function calledInOrder(
  stream: string,
  events: readonly ChargingEvent[],
  calls: readonly Charge[],
): Finding[] {
  const place = new Map(requestsOf(events).map(({ version, data }) => [data.cents, version]));
  const versions = calls.flatMap(({ cents }) => place.get(cents) ?? []);
  const at = versions.findIndex((version, index) => version < (versions[index - 1] ?? 0));
  return at < 0
    ? []
    : [
        reordered(
          `${stream}@${versions[at]}`,
          `It was called for after version ${versions[at - 1]}.`,
        ),
      ];
}

function publishedOnce({ streams, feed }: Observed): Finding[] {
  const expected = [...streams].flatMap(([account, events]) =>
    events.map(({ version }) => ({ subject: `charging/${account}`, version })),
  );
  const wanted = expected.map(({ subject, version }) => `${subject}@${version}`);
  const found = feed.map(({ id }) => sourceOf(id));
  return [...differences('the feed', wanted, found), ...inStreamOrder('the feed', feed)];
}

/** A consumer that stores its position with what it has read sees each event once. */
function sameFeed({ feed, followed }: Observed): Finding[] {
  const ids = (events: readonly FeedEvent[]) => events.map(({ id }) => id);
  return isEqual(ids(feed), ids(followed))
    ? []
    : differences('the follower of the feed', ids(feed), ids(followed));
}

/** A group gives each event until it is acknowledged, those of a stream in order. */
function consumedOnce({ feed, handled, trespassed }: Observed): Finding[] {
  const first = handled.filter(({ id }, at) => handled.findIndex((one) => one.id === id) === at);
  const ids = (events: readonly FeedEvent[]) => events.map(({ id }) => id);
  return [
    ...differences('the group', ids(feed), ids(first)),
    ...inStreamOrder('the group', first),
    ...trespassed.map((receipt) => changed(receipt, 'Another consumer has settled it.')),
  ];
}

/** What a receiver lacks, has in another order, or has with another body; repeats are allowed. */
export function deliveryFindings(
  url: string,
  feed: readonly FeedEvent[],
  taken: readonly TakenWebhook[],
): Finding[] {
  const first = new Map<string, TakenWebhook>();
  const found: Finding[] = [];
  for (const webhook of taken) {
    const before = first.get(webhook.id);
    if (!before) first.set(webhook.id, webhook);
    else if (before.body !== webhook.body) {
      found.push(changed(webhook.id, `${url} has received it with another body.`));
    }
  }
  const wanted = feed.map(({ id }) => id);
  return [
    ...found,
    ...differences(url, wanted, [...first.keys()]),
    ...inStreamOrder(url, [...first.values()]),
  ];
}

function inStreamOrder(where: string, events: readonly FeedEvent[]): Finding[] {
  const newest = new Map<string, number>();
  return events.flatMap(({ id, subject }) => {
    const version = Number(sourceOf(id).split('@').at(-1));
    const before = newest.get(subject) ?? 0;
    newest.set(subject, Math.max(before, version));
    return version < before ? [reordered(where, `${id} comes after version ${before}.`)] : [];
  });
}

/** `payments/charging/a-1@3/payments.requested.1` is of `charging/a-1@3`. */
function sourceOf(id: string): string {
  return id.split('/').slice(1, -1).join('/');
}

function differences<Value>(
  where: string,
  wanted: readonly Value[],
  found: readonly Value[],
): Finding[] {
  const missing = wanted.filter((one) => !found.includes(one));
  const unknown = found.filter((one) => !wanted.includes(one));
  const again = found.filter((one, index) => found.indexOf(one) !== index);
  return [
    ...missing.map((one) => lost(where, `${one} is not there.`)),
    ...unknown.map((one) => phantom(where, `${one} is there.`)),
    ...again.map((one) => doubled(where, `${one} is there again.`)),
  ];
}

function outOfOrder<Value>(
  where: string,
  wanted: readonly Value[],
  found: readonly Value[],
): Finding[] {
  const known = found.filter((one, index) => wanted.includes(one) && found.indexOf(one) === index);
  const ordered = wanted.filter((one) => known.includes(one));
  return isEqual(known, ordered) ? [] : [reordered(where, `It is ${known}, and not ${ordered}.`)];
}

function isEqual<Value>(one: readonly Value[], other: readonly Value[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
