/** The compiler's messages for common mistakes: the text has to name the wrong key. */
import { describe, expect, test } from 'vitest';
import { checkedSnippets } from './support/checked-snippets.ts';

const PRELUDE = `
import * as z from 'zod';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineAggregate } from '../core/aggregate/aggregate.ts';
import { defineApp } from '../core/app.ts';
import { accept, reject, schedule } from '../core/aggregate/decision.ts';
import { event } from '../core/aggregate/event.ts';
import { defineProjection } from '../core/projection/define-projection.ts';
import { command } from '../core/process/reactor.ts';
import { action } from '../core/process/saga-step.ts';
import { defineSteps } from '../core/process/saga-steps.ts';
import { table } from '../core/projection/table.ts';
import { given } from '../core/testing/index.ts';
import { createClient } from '../client/index.ts';

const events = {
  Added: event(z.strictObject({ by: z.int(), unit: z.enum(['kg', 'lb']) })),
  Reset: event(z.strictObject({ lines: z.array(z.strictObject({ sku: z.string() })) })),
};
const commands = { Add: z.strictObject({ by: z.int() }), Clear: z.strictObject({}) };
const parts = { name: 'counter' as const, events, commands, initialState: () => ({ sum: 0 }) };
const evolve = {
  Added: (state: { sum: number }) => state,
  Reset: (state: { sum: number }) => state,
};
const Clear = () => reject('never');
const counter = defineAggregate({ ...parts, evolve, decide: { Add: () => accept(), Clear } });
const sums = table(
  { id: text().notNull(), owner: text().notNull(), sum: integer().notNull().default(0) },
  { key: ['id'], filters: ['owner'], sorts: ['sum'] },
);
const names = table({ id: text().notNull(), name: text() }, { key: ['id'] });
const counters = { name: 'counters', version: 1, from: [counter], tables: { sums, names }, list: 'sums' } as const;
const app = defineApp({ aggregates: [counter], projections: [defineProjection({ ...counters, on: {} })] });
const client = createClient<typeof app>({ url: 'http://localhost:8787' });
const key = { id: 'c-1' };
`;

const decide = (add: string) =>
  `defineAggregate({ ...parts, evolve, decide: { Clear, Add: ${add} } });`;
const added = (changes: string) =>
  `defineProjection({ ...counters, on: { counter: { Added: ({ data }, { sums, names }) => ${changes} } } });`;
const steps = (step: string, more = '') => `defineSteps({
  name: 's', version: 1, from: [counter], correlate: { counter: { Added: () => 's-1' } },
  startedBy: { counter: { Added: () => ({}) } }, steps: [{ name: 'one', commands: () => [], ${step} }], ${more}
});`;

/** By invariant: each mistake, and its message. */
const mistakes: Record<string, [snippet: string, said: string]> = {
  'TY1 a surplus handler in evolve': [
    'defineAggregate({ ...parts, evolve: { ...evolve, Foo: (state: { sum: number }) => state }, decide: { Add: () => accept(), Clear } });',
    "'Foo' is not an event of this aggregate",
  ],
  'TY1 a surplus handler in decide': [
    'defineAggregate({ ...parts, evolve, decide: { Add: () => accept(), Clear, Foo: () => accept() } });',
    "'Foo' is not a command of this aggregate",
  ],
  'TY1 a missing handler': [
    'defineAggregate({ ...parts, evolve: { Added: evolve.Added }, decide: { Add: () => accept(), Clear } });',
    "Property 'Reset' is missing",
  ],
  'TY2 a misspelled event': [
    decide("({ by }) => accept({ type: 'Adde', data: { by, unit: 'kg' } })"),
    "'Adde' is not an event of this aggregate",
  ],
  'TY2 a misspelled event beside a rejection': [
    decide("({ by }) => (by < 0 ? reject('less') : accept({ type: 'Adde', data: { by } }))"),
    "'Adde' is not an event of this aggregate",
  ],
  'TY2 a misspelled command of a timer': [
    decide("() => accept().with(schedule('x', { at: '', command: 'Cleer', data: {} }))"),
    "'Cleer' is not a command of this aggregate",
  ],
  'TY3 a surplus field of an event': [
    decide("({ by }) => accept({ type: 'Added', data: { by, unit: 'kg', note: '' } })"),
    "'note' is not a field of Added",
  ],
  'TY3 a surplus field by spread': [
    "const all = { by: 1, note: '' };\n" +
      decide("() => accept({ type: 'Added', data: { ...all, unit: 'kg' } })"),
    "'note' is not a field of Added",
  ],
  'TY3 a surplus field of an item': [
    decide("() => accept({ type: 'Reset', data: { lines: [{ sku: 'a', price: 1 }] } })"),
    "'price' is not a field of Reset",
  ],
  'TY3 a missing field': [
    decide("({ by }) => accept({ type: 'Added', data: { by } })"),
    "Property 'unit' is missing",
  ],
  'TY4 an array of events': [
    decide("({ by }) => [{ type: 'Added', data: { by, unit: 'kg' } }]"),
    'decide returns accept(event, …) or reject(reason)',
  ],
  'TY4 an event alone': [
    decide("({ by }) => ({ type: 'Added', data: { by, unit: 'kg' } })"),
    'decide returns accept(event, …) or reject(reason)',
  ],
  'TY4 an async decide': [
    decide("async ({ by }) => accept({ type: 'Added', data: { by, unit: 'kg' } })"),
    'decide is not async',
  ],
  'TY5 a Date in an event': [
    'event(z.strictObject({ at: z.date() }));',
    "'at' is a Date, which JSON does not carry",
  ],
  'TY5 a bigint in a list of an event': [
    'event(z.strictObject({ all: z.array(z.strictObject({ big: z.bigint() })) }));',
    "'big' is a bigint, which JSON does not carry",
  ],
  'TY5 a Map, a Set, a symbol': [
    'event(z.strictObject({ a: z.map(z.string(), z.int()) })); event(z.strictObject({ b: z.set(z.int()) })); event(z.strictObject({ c: z.symbol() }));',
    "'b' is a Set, which JSON does not carry",
  ],
  'TY5 a Date in a later schema version': [
    'event(z.strictObject({})).upcast(z.strictObject({ at: z.date() }), () => ({ at: new Date(0) }));',
    "'at' is a Date, which JSON does not carry",
  ],
  'TY5 a Date in a command': [
    'defineAggregate({ ...parts, commands: { Add: z.strictObject({ at: z.date() }) }, evolve, decide: { Add: () => accept() } });',
    "'at' is a Date, which JSON does not carry",
  ],
  'TY6 a surplus column by spread': [
    added("sums.insert({ ...key, ...data, owner: 'ann' })"),
    'is not a column of this table',
  ],
  'TY6 a surplus column in set': [
    added("sums.patch(key, { set: { owner: 'ann', ownr: 'ann' } })"),
    "'ownr' is not a column that set takes here",
  ],
  'TY6 an upsert that lacks a column': [
    added('sums.upsert(key, { add: { sum: data.by } })'),
    "upsert has to name 'owner', which cannot be null",
  ],
  'TY6 an addition to a table without numbers': [
    added('names.patch(key, { add: { name: 1 } })'),
    'this table has no integer() column that grows',
  ],
  'TY6 an addition to a text': [
    added('sums.patch(key, { add: { sum: 1, owner: 1 } })'),
    "'owner' is not a column that add takes here",
  ],
  'TY6 another way to change': [
    added('sums.patch(key, { add: { sum: 1 }, times: { sum: 2 } })'),
    "'times' is no way to change columns: set, add, min and max are",
  ],
  'TY7 a handler that reads a row': [added('sums.get(key)'), 'a handler reads no rows'],
  'TY8 until an event that is not routed': [
    steps("endsOn: { counter: { Reset: 'done' } }"),
    "'Reset' does not exist in type",
  ],
  'TY8 cancelled by an event that is not routed': [
    steps('', "cancelledBy: { counter: { Reset: () => '' } }"),
    "'Reset' does not exist in type",
  ],
  'TY8 a command without action': [
    steps('').replace('=> []', "=> [command(counter, 'c-1', 'Clear', {})]"),
    "Property 'action' is missing in type 'Reaction' but required in type 'StepAction'",
  ],
  'TY9 a missing field in a test': [
    "given(counter, [{ type: 'Added', data: { by: 1 } }]);",
    "Property 'unit' is missing",
  ],
  'TY9 a misspelled event in a test': [
    "given(counter, [{ type: 'Adde', data: { by: 1 } }]);",
    'Did you mean \'"Added"\'',
  ],
  'TY9 an awaited decision': [
    "export async function wait() { await given(counter).when('Clear', {}); }",
    "'await' operand",
  ],
  'TY10 a filter that is not declared': [
    "client.query('counters', { sum: 1 });",
    "'sum' does not exist in type",
  ],
  'TY10 a sort that is not declared': [
    "client.query('counters', { sort: 'owner' });",
    `Type '"owner"' is not assignable to type '"id" | "sum" | "-id" | "-sum"`,
  ],
  'TY10 a column of the listed table, on another': [
    "client.query('counters.names', { owner: 'ann' });",
    "'owner' does not exist in type",
  ],
  'TY11 no listed table among several': [
    'const { list: _list, ...rest } = counters; defineProjection({ ...rest, on: {} });',
    "Property 'list' is missing",
  ],
};

const right = {
  'TY12 literals of upcasters and decisions need no as const': `
event(z.strictObject({ a: z.string() })).upcast(
  z.strictObject({ a: z.string(), currency: z.enum(['EUR', 'USD']) }),
  (v1) => ({ ...v1, currency: 'EUR' }),
);
${decide("({ by }) => accept({ type: 'Added', data: { by, unit: 'kg' } })")}`,
  'TY12 a table that is not listed is typed by its own columns': `
client.query('counters.names', { 'id.prefix': 'c', sort: '-id' }).then(({ rows }) => rows[0]?.name?.length);
client.query('counters', { owner: 'ann', sort: '-sum' }).then(({ rows }) => rows[0]?.sum.toFixed());
client.get('counters.names', 'c-1');
client.live('counters.names', {}, (rows) => rows[0]?.name);`,
  'TY12 an app needs no projections': 'defineApp({ aggregates: [counter] });',
  'TY12 optional, recursive and unknown data is JSON': `
interface Tree { name: string; children: Tree[] }
const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ name: z.string(), children: z.array(tree) }));
event(z.strictObject({ tree, note: z.string().optional(), any: z.unknown(), map: z.record(z.string(), z.int()) }));
event(z.strictObject({ at: z.date().transform((at) => at.toISOString()) }));`,
};

const hovered = `
const outcome = await client.counter('c-1').add({ by: 1 });
const mine = client;
const whole = app;
export {};`;

const all = {
  ...Object.fromEntries(Object.entries(mistakes).map(([name, [text]]) => [name, text])),
  ...right,
  hovered,
};
const checked = checkedSnippets(
  Object.fromEntries(Object.entries(all).map(([name, text]) => [name, PRELUDE + text])),
);

test.each(Object.entries(mistakes))('%s', (name, [, said]) => {
  expect(checked.messages(name)).toContain(said);
});

test.each(Object.keys(right))('%s', (name) => {
  expect(checked.messages(name)).toBe('');
});

describe('TY13 an editor shows', () => {
  test('what an outcome may be, rejections first', () => {
    expect(checked.messages('hovered')).toBe('');
    expect(checked.hover('hovered', 'outcome')).toBe(
      'const outcome: Conflict | Accepted<ClientEvent<"Added", { by: number; unit: "kg" | "lb"; }> | ClientEvent<"Reset", { lines: { sku: string; }[]; }>>',
    );
  });

  test('the names in a client and in an app before their types', () => {
    expect(checked.hover('hovered', 'whole')).toMatch(/^const whole: App<"counter", "counters", /);
    expect(checked.hover('hovered', 'mine')).toMatch(
      /^const mine: Client<App<"counter", "counters", /,
    );
  });
});
