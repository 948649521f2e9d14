/** Describes incidents and health checks, where answers and problems hold them. */
import { arrayOf, objectOf, type Schema } from './operation.ts';
import { count, orNull, text } from './operation-words.ts';

export const incident: Schema = objectOf({
  tenant: text,
  stream: text,
  kind: {
    ...text,
    description:
      '`delivery`: events that the journal lacks. `timer/{id}`: a timer that cannot fire.',
  },
  version: { ...count, description: 'The newest version that is concerned.' },
  settledVersion: {
    ...orNull(count),
    description: 'How far the journal is known to be. Null where D1 could not say.',
  },
  cause: text,
  remedy: text,
  firstSeenAt: text,
  lastSeenAt: text,
  reports: count,
});

export const undelivered: Schema = {
  ...objectOf({
    streams: count,
    events: count,
    oldestAt: orNull(text),
    timers: count,
    unlisted: { ...count, description: 'Reports of further streams, beyond what is kept.' },
    incidents: { ...arrayOf(incident), description: 'The first of them: see `/v1/incidents`.' },
  }),
  description:
    'What objects have and the journal lacks, whether or not the journal knows the stream. Events younger than the first look of their object, ten seconds, are not counted; a stream whose place is unknown counts as one event.',
};

export const readinessCheck: Schema = objectOf(
  { name: text, ok: { type: 'boolean' } },
  { cause: text, remedy: text },
);
