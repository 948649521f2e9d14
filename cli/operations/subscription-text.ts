/** Subscriptions as text: a table of them, one with its last attempts, and the streams that are held. Pure. */
import type {
  DeliveryAttempt,
  HeldStream,
  ShownSubscription,
  SubscriptionView,
} from '../../core/operator-shapes/subscription.ts';
import { targetText } from '../../core/subscription/target.ts';
import { durationText } from '../progress-display.ts';
import { columns, countText, numberText } from './plain-text.ts';

const HEAD = ['id', 'publication', 'status', 'target', 'held', 'parked', 'to'];

export function subscriptionTable(subscriptions: readonly SubscriptionView[]): string {
  const rows = subscriptions.map(({ id, publication, status, target, held }) => [
    ...[id, publication, status, target.state, numberText(held.events), numberText(held.parked)],
    targetText(target),
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

export function subscriptionText(subscription: ShownSubscription): string {
  const { id, publication, types, personal, status, reason, fault, position } = subscription;
  const { batch, order, behind, held, target, attempts, previousUntil, createdAt, createdBy } =
    subscription;
  const quiet = target.quietUntil === null ? '' : `, nothing is sent before ${target.quietUntil}`;
  const since = target.failingSince === null ? '' : ` since ${target.failingSince}`;
  return [
    ...columns([
      [id, `${publication} to ${targetText(target)}`],
      ['types', types === null ? 'all' : types.join(', ')],
      ['personal fields', personal ? 'sent plain' : 'null'],
      ['sent together', `${countText(batch, 'event')} at most`],
      ...(order === 'none' ? [['order', 'none']] : []),
      ['status', reason === null ? status : `${status}: ${reason}`],
      ...(fault === null ? [] : [['fault', fault]]),
      ['target', `${target.state}${since}${quiet}`],
      ['behind', `${countText(behind.events, 'event')}, ${durationText(behind.seconds * 1_000)}`],
      ['held', `${countText(held.events, 'event')} of ${countText(held.streams, 'stream')}`],
      ['parked', countText(held.parked, 'stream')],
      ['position', position],
      ...(previousUntil === null ? [] : [['secret before', `signs until ${previousUntil}`]]),
      ['created', `${createdAt} by ${createdBy}`],
    ]),
    '',
    ...(attempts.length === 0 ? ['Nothing was sent yet.'] : attemptLines(attempts)),
  ].join('\n');
}

export function attemptText({ events, result, status, durationMs }: DeliveryAttempt): string {
  const parts = [result, ...(status === null ? [] : [status]), `${durationMs} ms`];
  return [...parts, ...(events === 1 ? [] : [`${events} events`])].join(', ');
}

function attemptLines(attempts: readonly DeliveryAttempt[]): string[] {
  const rows = attempts.map((one) => [one.at, attemptText(one), one.event]);
  return columns([['attempt', 'result', 'event'], ...rows]);
}

export function heldTable(streams: readonly HeldStream[]): string {
  const rows = streams.map((one) => [
    ...[one.stream, one.event, numberText(one.events), numberText(one.attempts)],
    ...[one.result ?? '-', one.parkedAt === null ? (one.nextAttemptAt ?? '-') : 'parked'],
  ]);
  return columns([['stream', 'next event', 'events', 'attempts', 'result', 'next'], ...rows]).join(
    '\n',
  );
}
