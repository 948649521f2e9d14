/** Streams with events that the journal lacks, as the service answers them beside its lists, and as text. */
import * as z from 'zod';
import { countText, numberText, oneLine } from './plain-text.ts';

export const incident = z.looseObject({
  stream: z.string(),
  /** `delivery`, or `timer/{id}`. */
  kind: z.string(),
  version: z.number(),
  /** How far the journal is known to be. */
  settledVersion: z.number().nullable(),
  cause: z.string(),
  remedy: z.string(),
});

export const undeliveredStreams = z.looseObject({
  streams: z.number(),
  events: z.number(),
  oldestAt: z.string().nullable(),
  timers: z.number(),
  unlisted: z.number(),
  incidents: z.array(incident),
});

export type Incident = z.output<typeof incident>;
export type UndeliveredStreams = z.output<typeof undeliveredStreams>;

const SENTENCES_CHARACTERS_MAX = 400;

export function hasUndelivered(undelivered: UndeliveredStreams | undefined): boolean {
  return undelivered !== undefined && undelivered.streams + undelivered.timers > 0;
}

/** A headline, and a line for each that is listed; nothing where nothing is undelivered. */
export function undeliveredLines(undelivered: UndeliveredStreams | undefined): string[] {
  if (!undelivered || !hasUndelivered(undelivered)) return [];
  const { streams, events, oldestAt, timers, unlisted, incidents } = undelivered;
  const more = streams + timers - incidents.length;
  return [
    [
      `${countText(streams, 'stream')} with ${countText(events, 'event')} that the journal lacks`,
      ...(oldestAt === null ? [] : [`since ${oldestAt}`]),
      ...(timers > 0 ? [`${countText(timers, 'timer')} that cannot fire`] : []),
    ].join(', '),
    ...incidents.map(incidentLine),
    ...(more > 0 ? [`  and ${numberText(more)} more: GET /v1/incidents`] : []),
    ...(unlisted > 0 ? [`  ${countText(unlisted, 'report')} of further streams`] : []),
  ];
}

export function incidentLine({ stream, kind, version, settledVersion, ...why }: Incident): string {
  const what = kind === 'delivery' ? placeText(settledVersion) : kind;
  const sentences = oneLine(`${why.cause} ${why.remedy}`, SENTENCES_CHARACTERS_MAX);
  return `  ${stream}@${version}, ${what}: ${sentences}`;
}

function placeText(settledVersion: number | null): string {
  return settledVersion === null
    ? 'its place in the journal is unknown'
    : `the journal has ${numberText(settledVersion)} of it`;
}
