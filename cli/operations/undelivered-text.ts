/** Streams with events that the journal lacks, as text. Pure. */
import type { KnownIncident } from '../../core/failures/incident.ts';
import type { UndeliveredStreams } from '../../core/failures/incident-shapes.ts';
import { countText, numberText, oneLine } from './plain-text.ts';

const SENTENCES_CHARACTERS_MAX = 400;

export function hasUndelivered(undelivered: UndeliveredStreams): boolean {
  return countOf(undelivered) > 0;
}

function countOf({ streams, timers, actions, restored, ...others }: UndeliveredStreams) {
  const { subscriptions, groups, schedules } = others;
  return streams + timers + actions + restored + subscriptions + groups + schedules;
}

/** A headline, and a line for each that is listed; nothing where nothing is undelivered. */
export function undeliveredLines(undelivered: UndeliveredStreams): string[] {
  if (!hasUndelivered(undelivered)) return [];
  const { streams, events, oldestAt, timers, actions, restored, ...others } = undelivered;
  const { subscriptions, groups, schedules, unlisted, incidents } = others;
  const more = countOf(undelivered) - incidents.length;
  return [
    [
      `${countText(streams, 'stream')} with ${countText(events, 'event')} that the journal lacks`,
      ...(oldestAt === null ? [] : [`since ${oldestAt}`]),
      ...(timers > 0 ? [`${countText(timers, 'timer')} that cannot fire`] : []),
      ...(actions > 0 ? [`${countText(actions, 'action')} parked`] : []),
      ...(restored > 0 ? [`${countText(restored, 'object')} restored and not whole`] : []),
      ...(groups > 0 ? [`${countText(groups, 'consumer group')} in trouble`] : []),
      ...(subscriptions > 0 ? [`${countText(subscriptions, 'subscription')} in trouble`] : []),
      ...(schedules > 0
        ? [`${countText(schedules, 'schedule')} with a tick that is not done`]
        : []),
    ].join(', '),
    ...incidents.map(incidentLine),
    ...(more > 0 ? [`  and ${numberText(more)} more: GET /v1/incidents`] : []),
    ...(unlisted > 0 ? [`  ${countText(unlisted, 'report')} of further streams`] : []),
  ];
}

export function incidentLine({
  stream,
  kind,
  version,
  settledVersion,
  ...why
}: KnownIncident): string {
  const what = kind === 'delivery' ? placeText(settledVersion) : kind;
  const sentences = oneLine(`${why.cause} ${why.remedy}`, SENTENCES_CHARACTERS_MAX);
  return `  ${stream}@${version}, ${what}: ${sentences}`;
}

function placeText(settledVersion: number | null): string {
  return settledVersion === null
    ? 'its place in the journal is unknown'
    : `the journal has ${numberText(settledVersion)} of it`;
}
