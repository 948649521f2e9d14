/** An app that publishes what happens to a troublesome aggregate and to guests. */
import * as z from 'zod';
import { defineApp } from '../../../core/app.ts';
import { definePublication } from '../../../core/publication/define-publication.ts';
import { publicEvent } from '../../../core/publication/public-event.ts';
import type { Publication } from '../../../core/publication/publication.ts';
import { personal } from '../../../core/sealed/personal.ts';
import { testApp } from './entry.ts';
import { guest } from './guests.ts';
import { troublesome } from './troublesome.ts';

export const worked = publicEvent(z.strictObject({ id: z.string(), note: z.string().max(100) }), {
  version: 1,
});

// #region versions
export const loud = [
  publicEvent(z.strictObject({ id: z.string() }), { version: 1 }),
  publicEvent(z.strictObject({ id: z.string(), letters: z.int() }), { version: 2 }),
] as const;
// #endregion

/** By the note of its source: nothing, one event, two versions of one, or a failure. */
export function works(startsAt: Publication['startsAt'] = 'now', mended = false) {
  return definePublication({
    name: 'works',
    from: [troublesome],
    startsAt,
    events: { 'works.worked': worked, 'works.loud': loud },
    on: {
      troublesome: {
        Worked: ({ aggregateId: id, data: { note } }, publish) => {
          if (note === 'private') return [];
          if (note === 'loud') {
            return [
              publish('works.loud', { id, letters: note.length }),
              publish('works.loud', { id }, 1),
            ];
          }
          if (note === 'unpublishable' && !mended) throw new Error('not this one');
          return publish('works.worked', { id, note });
        },
      },
    },
  });
}

export const people = definePublication({
  name: 'people',
  from: [guest],
  events: {
    'people.registered': publicEvent(
      z.strictObject({ person: z.string(), name: personal(z.string(), 'person') }),
      { version: 1 },
    ),
  },
  on: {
    guest: {
      GuestRegistered: ({ data: { person, name } }, publish) =>
        publish('people.registered', { person, name }),
    },
  },
});

export function publishingApp(publication: Publication = works()) {
  return defineApp({
    ...testApp,
    aggregates: [...testApp.aggregates, guest],
    publications: [publication, people],
  });
}
