/** An app with one definition of every kind, as small as they come: a town that records where people live. */
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAction, done } from '../../../core/action/define-action.ts';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { defineApp } from '../../../core/app.ts';
import { defineInbound } from '../../../core/inbound/define-inbound.ts';
import { hmac, standardWebhook } from '../../../core/inbound/verification.ts';
import { complete, proceed } from '../../../core/process/effect.ts';
import { command, defineReactor } from '../../../core/process/reactor.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import { table } from '../../../core/projection/table.ts';
import { definePublication } from '../../../core/publication/define-publication.ts';
import { publicEvent } from '../../../core/publication/public-event.ts';
import { defineSchedule } from '../../../core/schedule/define-schedule.ts';
import { personal } from '../../../core/sealed/personal.ts';

const name = personal(z.string().max(100), 'person');

/** A place in a place: a recursive schema, which is a definition of its own. */
const home = z
  .strictObject({
    street: z.string().meta({ description: 'With the number of the house.' }),
    get inside() {
      return home.nullable();
    },
  })
  .meta({ id: 'Home' });

const moved = z.strictObject({ person: z.string(), name });

const person = defineAggregate({
  name: 'person',
  events: {
    Moved: event(z.strictObject({ person: z.string(), year: z.int() })).upcast(
      moved.extend({ year: z.string().optional() }),
      ({ person }) => ({ person, name: '' as never }),
    ),
    Gone: event(z.strictObject({}).meta({ description: 'A person has left the town.' })),
  },
  commands: {
    Move: moved.meta({ description: 'A person moves into a house | of the town.' }),
    Leave: z.strictObject({ reason: z.enum(['work', 'love']).default('work') }),
  },
  initialState: () => ({}),
  evolve: { Moved: (state) => state, Gone: (state) => state },
  decide: { Move: () => accept(), Leave: () => accept() },
  endsWith: ['Gone'],
});

const people = defineProjection({
  name: 'people',
  version: 3,
  from: [person],
  tables: { people: table({ person: text().notNull(), n: integer() }, { key: ['person'] }) },
  on: { person: { Moved: () => [] } },
}).query('everybody', z.strictObject({}), (db, tables) => db.select().from(tables.people));

const follows = defineReactor({
  name: 'follows',
  from: [person],
  on: { person: { Moved: ({ aggregateId }) => command(person, aggregateId, 'Leave', {}) } },
  sends: { person: ['Leave'] },
});

/** Declares nothing: what it sends is not known. */
const silent = defineReactor({
  name: 'silent',
  from: [person],
  on: { person: { Gone: () => [] } },
});

const welcome = defineSaga({
  name: 'welcome',
  version: 2,
  from: [person],
  initialState: () => ({}),
  correlate: {
    person: { Moved: ({ aggregateId }) => aggregateId, Gone: ({ aggregateId }) => aggregateId },
  },
  startedBy: { person: { Moved: (_event, state) => proceed(state) } },
  on: { person: { Gone: (_event, state) => proceed(state, complete()) } },
  sends: {},
});

const letter = defineAction({
  name: 'letter',
  from: [person],
  on: { person: { Moved: async () => done() } },
});

export const town = definePublication({
  name: 'town',
  from: [person],
  events: {
    'person.moved': [
      publicEvent(z.strictObject({ person: z.string() }), { version: 1, deprecated: '2027-06-30' }),
      publicEvent(z.strictObject({ person: z.string(), name, home }), { version: 2 }),
    ],
  },
  on: {
    person: {
      Moved: ({ aggregateId }, publish) => publish('person.moved', { person: aggregateId }, 1),
    },
  },
});

const office = defineInbound({
  name: 'office',
  verify: standardWebhook('OFFICE_SECRET'),
  tenant: 'main',
  input: z.object({ id: z.string(), where: home }).meta({ description: 'A form of the office.' }),
  key: ({ id }) => id,
  on: ({ id }) => command(person, id, 'Leave', {}),
  sends: { person: ['Leave'] },
});

const post = defineInbound({
  name: 'post',
  verify: hmac({
    ...{ header: 'X-Signature', algorithm: 'SHA-256', secret: 'POST_SECRET', encoding: 'hex' },
  }),
  input: z.object({ id: z.string() }),
  key: ({ id }) => id,
  on: () => [],
});

const nightly = defineSchedule({
  name: 'nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Zurich',
  missed: 'skip',
  on: ({ local }) => command(person, local, 'Leave', {}),
  sends: { person: ['Leave'] },
});

export const cataloguedApp = defineApp({
  aggregates: [person],
  projections: [people],
  reactors: [follows, silent],
  sagas: [welcome],
  actions: [letter],
  publications: [town],
  inbound: [office, post],
  schedules: [nightly],
});
