/** Consumer groups as text: a table of them, one with all about it, and the streams that are held. Pure. */
import type { GroupView, HeldMessages, ShownGroup } from '../../core/operator-shapes/group.ts';
import { durationText } from '../progress-display.ts';
import { columns, countText, numberText } from './plain-text.ts';

const HEAD = ['name', 'publication', 'leased', 'held', 'parked', 'read'];

export function groupTable(groups: readonly GroupView[]): string {
  const rows = groups.map(({ name, publication, leases, held, readAt }) => [
    ...[name, publication, numberText(leases.messages), numberText(held.events)],
    ...[numberText(held.parked), readAt ?? 'never'],
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

export function groupText(group: ShownGroup): string {
  const { name, publication, types, attempts, position, createdAt, createdBy } = group;
  const { behind, held, leases, readAt } = group;
  return columns([
    [name, `of ${publication}`],
    ['types', types === null ? 'all' : types.join(', ')],
    ['attempts', `${numberText(attempts)} park a message`],
    ['behind', `${countText(behind.events, 'event')}, ${durationText(behind.seconds * 1_000)}`],
    ['leased', `${countText(leases.messages, 'message')} in ${countText(leases.leases, 'lease')}`],
    ['held', `${countText(held.events, 'message')} of ${countText(held.streams, 'stream')}`],
    ['parked', countText(held.parked, 'stream')],
    ['read', readAt ?? 'never'],
    ['position', position],
    ['created', `${createdAt} by ${createdBy}`],
  ]).join('\n');
}

export function heldMessagesTable(streams: readonly HeldMessages[]): string {
  const rows = streams.map((one) => [
    ...[one.stream, one.event, numberText(one.events), numberText(one.attempts)],
    ...[one.result ?? '-', one.parkedAt === null ? (one.nextAttemptAt ?? '-') : 'parked'],
  ]);
  const head = ['stream', 'next message', 'messages', 'attempts', 'result', 'next'];
  return columns([head, ...rows]).join('\n');
}
