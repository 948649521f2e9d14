import { text } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../access/define-access.ts';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, later, schedule } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { defineApp } from '../app.ts';
import { command, defineReactor } from '../process/reactor.ts';
import { defineProjection } from '../projection/define-projection.ts';
import { rowChanges } from '../projection/row-change.ts';
import { type Columns, readModelTable, table } from '../projection/table.ts';
import { compareLocks, lockText, parseLock, schemaLock } from '../schema-lock.ts';
import { given, givenReactor, project } from '../testing/index.ts';
import { personal } from './personal.ts';
import { readPlain } from './read-plain.ts';
import { type Sealed, sealedText } from './sealed.ts';

const name = personal(z.string().trim().min(1).max(20), 'person');
const address = personal(z.strictObject({ street: z.string(), city: z.string() }), 'person');
const registration = z.strictObject({
  person: z.string(),
  name,
  address: address.optional(),
  note: z.string().optional(),
});

const guest = defineAggregate({
  name: 'guest',
  events: { GuestRegistered: event(registration) },
  commands: { RegisterGuest: registration, Remind: z.strictObject({ person: z.string(), name }) },
  initialState: (): { name?: Sealed<string> } => ({}),
  evolve: { GuestRegistered: (_, { data }) => ({ name: data.name }) },
  decide: {
    RegisterGuest: (data, _, { now }) =>
      accept({ type: 'GuestRegistered', data }).with(
        schedule('remind', {
          at: later(now, 1_000),
          command: 'Remind',
          data: { person: data.person, name: data.name },
        }),
      ),
    Remind: () => accept(),
  },
});

const guests = defineProjection({
  name: 'guests',
  version: 1,
  from: [guest],
  tables: {
    guests: table(
      {
        person: text().notNull(),
        name: personal(text().notNull(), 'person'),
        address: personal(text({ mode: 'json' }), 'person'),
      },
      { key: ['person'] },
    ),
  },
  on: {
    guest: {
      GuestRegistered: ({ data: { person, name: sealed, address: at } }, { guests: rows }) =>
        rows.insert({ person, name: sealed, ...(at && { address: at }) }),
    },
  },
});

const ann = { person: 'p-1', name: 'Ann' };
const whole = { ...ann, address: { street: 'A road', city: 'B' } };
const forged = sealedText({ subject: 'p-2', incarnation: 1, bytes: 'A'.repeat(40) });

describe('PD12 personal data in the domain', () => {
  it('is plain in tests, and sealed in the decider', () => {
    given(guest)
      .when('RegisterGuest', whole)
      .then(
        [{ type: 'GuestRegistered', data: whole }],
        [schedule('remind', { at: '2026-01-01T00:00:01.000Z', command: 'Remind', data: ann })],
      )
      .thenState({ name: 'Ann' });
    expect(() =>
      given(guest, [{ type: 'GuestRegistered', data: ann }]).thenState({ name: 'Bob' }),
    ).toThrow('Bob');
  });

  it('is opened in the rows of a test', () => {
    const rows = project(guests, [
      { aggregate: guest, id: 'g', type: 'GuestRegistered', data: whole },
    ]);
    expect(rows).toEqual({ guests: [whole] });
  });

  it('is moved by a reactor', () => {
    const reminding = defineReactor({
      name: 'reminding',
      from: [guest],
      on: {
        guest: {
          GuestRegistered: ({ data, aggregateId }) =>
            command(guest, aggregateId, 'Remind', { person: data.person, name: data.name }),
        },
      },
    });
    givenReactor(reminding)
      .whenEvent({ aggregate: guest, id: 'g', type: 'GuestRegistered', data: ann })
      .thenSends({ aggregate: 'guest', id: 'g', command: 'Remind', data: ann });
  });

  it('cannot be read or compared', () => {
    const sealed = guest.initialState().name as Sealed<string>;
    // @ts-expect-error no text to compare with
    expect(sealed === 'Ann').toBe(false);
    // @ts-expect-error no text to read
    expect(() => sealed.length).toThrow();
    // @ts-expect-error the plain value is another type
    const plain: string = sealed;
    expect(plain).toBeUndefined();
    // @ts-expect-error a plain text is no sealed value
    const back: Sealed<string> = 'Ann';
    expect(back).toBe('Ann');
  });

  it('is refused in events and rows unless it is sealed', () => {
    expect(registration.safeParse(ann).success).toBe(false);
    expect(registration.safeParse({ ...ann, name: forged }).success).toBe(true);
    const [rows] = guests.tables;
    expect(() => rows.cells.name?.encode('Ann')).toThrow('guests.name was given a text');
    expect(rows.cells.name?.encode(forged)).toBe(forged);
  });
});

describe('plain data is read', () => {
  it('with its own schema, and taken out with its subject', () => {
    const read = readPlain(registration, { ...whole, name: ' Ann ' }, 'nonce');
    expect(read).toMatchObject({
      success: true,
      personal: [
        { subject: 'p-1', path: ['name'], plain: 'Ann' },
        { subject: 'p-1', path: ['address'], plain: whole.address },
      ],
    });
    expect(JSON.stringify(read.success && read.data)).not.toMatch(/Ann|road/);
  });

  it.each([
    ['too long', { ...ann, name: 'x'.repeat(21) }, ['name']],
    ['of another type', { ...ann, name: 7 }, ['name']],
    ['wrong inside', { ...whole, address: { street: 'A road' } }, ['address', 'city']],
    ['without a subject', { ...ann, person: '' }, ['person']],
    ['of a subject that is no identifier', { ...ann, person: 'Ann B' }, ['person']],
    ['sealed where nothing is personal', { ...ann, note: forged }, ['note']],
  ])('and refused when it is %s', (_, input, path) => {
    const read = readPlain(registration, input, 'nonce');
    expect(read.success ? [] : read.error.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('also where it looks sealed: it is plain', () => {
    const long = z.strictObject({ person: z.string(), name: personal(z.string(), 'person') });
    const read = readPlain(long, { ...ann, name: forged }, 'nonce');
    expect(read).toMatchObject({ personal: [{ subject: 'p-1', plain: forged }] });
    expect(JSON.stringify(read.success && read.data)).not.toContain(forged);
  });

  it('in lists, unions and objects without an order', () => {
    const person = z.strictObject({ id: z.string(), name: personal(z.string(), 'id') });
    const company = z.strictObject({ kind: z.literal('company'), name: z.string() });
    const parties = z.strictObject({ parties: z.array(z.union([company, person.nullable()])) });
    const sent = { parties: [{ kind: 'company', name: 'B' }, { name: 'Ann', id: 'p-1' }, null] };
    expect(readPlain(parties, sent, 'nonce')).toMatchObject({
      personal: [{ subject: 'p-1', path: ['parties', 1, 'name'], plain: 'Ann' }],
    });
  });
});

describe('PD12 a definition is refused', () => {
  const appOf = (schema: z.ZodType) =>
    defineApp({
      aggregates: [{ ...guest, commands: { ...guest.commands, RegisterGuest: schema } } as never],
    });
  it.each([
    ['without the subject beside it', z.strictObject({ name })],
    ['with a subject that is no text', z.strictObject({ person: z.int(), name })],
    ['with a subject that may be missing', z.strictObject({ person: z.string().optional(), name })],
    ['outside of an object', z.strictObject({ person: z.string(), names: z.array(name) })],
    [
      'in a schema that transforms',
      z.strictObject({ person: z.string(), name }).transform((data) => ({ ...data })),
    ],
    [
      'in another personal field',
      z.strictObject({ person: z.string(), whole: personal(registration, 'person') }),
    ],
  ])('%s', (_, schema) => {
    expect(() => appOf(schema)).toThrow(/RegisterGuest: .*is personal/);
  });

  it('whose column is compared, has no subject, or is no text', () => {
    const person = text().notNull();
    const column = personal(text(), 'person');
    expect(() => table({ person, name: column }, { key: ['name'] })).toThrow('cannot be compared');
    expect(() => table({ person, name: column }, { key: ['person'], indexes: [['name']] })).toThrow(
      'cannot be compared',
    );
    expect(() =>
      table({ id: text().notNull(), name: personal(text(), 'person') }, { key: ['id'] }),
    ).toThrow('no column beside it');
    const withDefault = personal(text().default('none'), 'person');
    expect(() =>
      readModelTable('t', table({ person, name: withDefault }, { key: ['person'] }), 1),
    ).toThrow('without a default');
  });
});

describe('PD18 an open column', () => {
  const person = text().notNull();
  const open = () => personal(text(), 'person', { open: true });
  const opened = (more: Partial<Parameters<typeof table>[1]> = {}) =>
    table({ id: text().notNull(), person, name: open() }, {
      key: ['id'],
      indexes: [['person']],
      ...more,
    } as never);

  it('is refused in a key, without an index for its subject, as not null, with a default and as JSON', () => {
    expect(() => opened({ key: ['name'] })).toThrow('it is in no key');
    expect(() => opened({ indexes: [['name', 'person']] })).toThrow("add indexes: [['person']]");
    for (const column of [
      text().notNull(),
      text().default('none'),
      text({ mode: 'json' }),
      text({ enum: ['a'] }),
    ]) {
      const name = personal(column, 'person', { open: true });
      expect(() => readModelTable('t', table({ person, name }, { key: ['person'] }), 1)).toThrow(
        't.name is open: declare it as text(), without notNull() and default.',
      );
    }
  });

  it('is in filters, sorts and indexes', () => {
    const compared = { filters: ['name'], sorts: ['name'], indexes: [['person'], ['name']] };
    expect(() => readModelTable('t', opened(compared as never), 1)).not.toThrow();
  });

  it('is refused in the rule of a role', () => {
    const named = opened({ indexes: [['person'], ['name']] } as never);
    const list = defineProjection({
      name: 't',
      version: 1,
      from: [],
      tables: { t: named },
      on: {},
    });
    const app = defineApp({ aggregates: [], projections: [list] });
    const roles = { clerk: { rows: { t: { name: 'Ann' } } } } as never;
    expect(() => defineAccess(app, { claims: z.object({}), roles })).toThrow(
      'The rule of clerk for t compares name, which is personal.',
    );
  });

  describe('is changed', () => {
    const rows = rowChanges<Columns, string>(readModelTable('t', opened(), 1));
    const sealed = { person: 'p-2', name: forged };
    const key = { id: 'a' };
    it('together with its subject', () => {
      expect(rows.insert({ ...key, ...sealed }).set).toEqual(sealed);
      expect(rows.patch(key, { set: sealed }).set).toEqual(sealed);
      expect(rows.upsert(key, { set: sealed }).set).toEqual(sealed);
      expect(rows.insert({ ...key, person: 'p-1' }).set).toEqual({ person: 'p-1' });
      expect(rows.patch(key, { set: { name: null } }).set).toEqual({ name: null });
    });
    it.each([
      ['of another subject', { person: 'p-1', name: forged }],
      ['without its subject', { name: forged }],
      ['left to another subject', { person: 'p-1' }],
      ['plain', { person: 'p-1', name: 'Ann' }],
    ])('never %s', (_, set) => {
      expect(() => rows.patch(key, { set })).toThrow(/t\.name/);
    });
  });
});

describe('PD12 the lock of events', () => {
  const lockOf = (field: z.ZodType) =>
    schemaLock(
      defineApp({
        aggregates: [
          {
            ...guest,
            events: { GuestRegistered: event(z.strictObject({ person: z.string(), name: field })) },
          } as never,
        ],
      }),
    );
  it('records what is personal', () => {
    const sealed = lockOf(personal(z.string(), 'person'));
    expect(sealed).toMatchObject(parseLock(lockText(sealed)));
    expect(JSON.stringify(sealed)).toContain('"x-personal":"person"');
    expect(compareLocks(lockOf(z.string()), sealed).broken).toHaveLength(1);
    expect(compareLocks(sealed, lockOf(z.string())).broken).toHaveLength(1);
    expect(compareLocks(sealed, lockOf(personal(z.string(), 'person'))).broken).toEqual([]);
  });
});
