/** A domain with open columns: members whose names are searched, and forgotten. */
import { eq } from 'drizzle-orm';
import { text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAccess } from '../../../core/access/define-access.ts';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { defineApp } from '../../../core/app.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import { table } from '../../../core/projection/table.ts';
import { personal } from '../../../core/sealed/personal.ts';

const person = z.string();
/** Takes what no column does: half of a surrogate pair. */
const name = personal(z.string().min(1).max(200), 'person');
const named = z.strictObject({ person, name });

export const member = defineAggregate({
  name: 'member',
  events: {
    MemberJoined: event(named),
    MemberRenamed: event(named),
    /** Its rows name another person than its field. */
    MemberMisfiled: event(named),
  },
  commands: { Join: named, Rename: named, Misfile: named },
  initialState: () => ({}),
  evolve: {
    MemberJoined: (state) => state,
    MemberRenamed: (state) => state,
    MemberMisfiled: (state) => state,
  },
  decide: {
    Join: (data) => accept({ type: 'MemberJoined', data }),
    Rename: (data) => accept({ type: 'MemberRenamed', data }),
    Misfile: (data) => accept({ type: 'MemberMisfiled', data }),
  },
});

export const members = defineProjection({
  name: 'members',
  version: 1,
  from: [member],
  tables: {
    members: table(
      // #region open
      {
        member: text().notNull(),
        person: text().notNull(),
        name: personal(text(), 'person', { open: true }),
      },
      { key: ['member'], filters: ['name'], sorts: ['name'], indexes: [['person'], ['name']] },
      // #endregion
    ),
  },
  on: {
    member: {
      MemberJoined: ({ aggregateId, data }, { members: rows }) =>
        rows.insert({ member: aggregateId, person: data.person, name: data.name }),
      MemberRenamed: ({ aggregateId, data }, { members: rows }) =>
        rows.patch({ member: aggregateId }, { set: { person: data.person, name: data.name } }),
      MemberMisfiled: ({ aggregateId, data }, { members: rows }) =>
        rows.patch({ member: aggregateId }, { set: { person: 'nobody', name: data.name } }),
    },
  },
}).query('members-called', z.strictObject({ name: z.string() }), (db, { members: rows }, input) =>
  db.select({ member: rows.member, called: rows.name }).from(rows).where(eq(rows.name, input.name)),
);

export const memberApp = defineApp({ aggregates: [member], projections: [members] });

/** Of a later deployment, which has members and no list of them. */
export const unlistedApp = defineApp({ aggregates: [member] });

const seen = { commands: 'all', read: 'all', rows: 'all', journal: 'all' } as const;

/** `host` reads what `porter` reads, and personal data. */
export const memberAccess = defineAccess(memberApp, {
  claims: z.object({}),
  roles: {
    host: { ...seen, personal: true, operate: ['privacy'] },
    porter: seen,
  },
});
