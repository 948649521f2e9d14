/** Incidents in responses of `/v1/incidents`, and the undelivered events in other responses. */
import * as z from 'zod';
import { count, listOf, time } from '../values/shape-words.ts';

export const incident = z.object({
  tenant: z.string(),
  stream: z.string(),
  kind: z
    .union([
      z.literal(['delivery', 'restored', 'subscription', 'schedule', 'group']),
      z.templateLiteral(['timer/', z.string()]),
      z.templateLiteral(['action/', z.string()]),
    ])
    .describe(
      '`delivery`: events that the journal lacks. `restored`: an object that the platform restored, which has fewer events than the journal or others. `timer/{id}`: a timer that cannot fire. `action/{action}@{version}`: an action that is parked. `subscription`: one that delivers nothing, or not all. `schedule`: one with a tick that is not done. `group`: a consumer group with parked messages, or that no consumer reads.',
    ),
  version: count.describe('The newest version that is concerned: the head for a delivery.'),
  settledVersion: count
    .nullable()
    .describe('How far the journal is known to be. Null where D1 could not say.'),
  cause: z.string().describe("Why, with the platform's own words where it failed. No event data."),
  remedy: z.string().describe('What an operator can do about it.'),
});

/** As a health object stores it. */
export const knownIncident = incident.extend({
  firstSeenAt: time,
  lastSeenAt: time,
  reports: count,
});

export const incidentPage = z.object({
  incidents: listOf(knownIncident),
  cursor: z.string().exactOptional().describe('Where the next page begins, if there may be one.'),
});

export const undeliveredStreams = z
  .object({
    streams: count,
    events: count.describe('Events that objects have and the journal lacks, at least.'),
    oldestAt: time.nullable().describe('When the oldest of them was reported first.'),
    timers: count.describe('Timers that cannot fire.'),
    actions: count.describe('Actions that are parked, each with those that wait for it.'),
    restored: count.describe('Objects that were restored and do not have their events back.'),
    subscriptions: count.describe('Subscriptions that deliver nothing, or not all.'),
    schedules: count.describe('Schedules with a tick that is not done, of each tenant.'),
    groups: count.describe('Consumer groups with parked messages, or that no consumer reads.'),
    unlisted: count.describe('Reports of further streams, beyond what is kept.'),
    incidents: listOf(knownIncident).describe('The first of them: see `/v1/incidents`.'),
  })
  .describe(
    'What objects have and the journal lacks, whether or not the journal knows the stream. Events younger than the first look of their object, ten seconds, are not counted; a stream whose place is unknown counts as one event.',
  );

export type UndeliveredStreams = z.output<typeof undeliveredStreams>;
