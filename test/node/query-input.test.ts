/**
 * Every input that the typed client sends to a named query arrives unchanged; a schema that a URL cannot represent is
 * refused.
 */

import { integer, text } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { queryPath, writtenInput } from '../../client/addresses.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { writtenInput as writtenSchema } from '../../core/projection/query-input.ts';
import { table } from '../../core/projection/table.ts';
import { readQuery } from '../../worker/http/query-parameters.ts';

const texts = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());
/** JSON has no -0 either. */
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0);
const wholeNumbers = fc.maxSafeInteger();
const times = fc.date({
  min: new Date(-62_167_219_200_000),
  max: new Date(253_402_300_799_999),
  noInvalidDate: true,
});

/** A parameter's schema, and the values that the typed client may give it. */
const parameters: Record<string, [z.ZodType, fc.Arbitrary<unknown>]> = {
  text: [z.string(), texts],
  number: [z.number(), numbers],
  int: [z.int(), wholeNumbers],
  bounded: [
    z.number().min(-5).max(5),
    fc.double({ min: -5, max: 5, noNaN: true }).map((one) => one + 0),
  ],
  boolean: [z.boolean(), fc.boolean()],
  date: [z.date(), times],
  iso: [z.iso.datetime(), times.map((time) => time.toISOString())],
  'one of few': [z.enum(['placed', 'paid, too', '']), fc.constantFrom('placed', 'paid, too', '')],
  literal: [z.literal([1, 2, 'many']), fc.constantFrom(1, 2, 'many')],
  'word or number': [
    z.union([z.literal('all'), z.int()]),
    fc.oneof(fc.constant('all'), wholeNumbers),
  ],
  'number or null': [z.number().nullable(), fc.oneof(numbers, fc.constant(null))],
  texts: [z.array(z.string()), fc.array(texts)],
  numbers: [z.array(z.number()), fc.array(numbers)],
  booleans: [z.array(z.boolean()), fc.array(fc.boolean())],
  dates: [z.array(z.date()), fc.array(times)],
  words: [z.array(z.enum(['a', 'b,c'])), fc.array(fc.constantFrom('a', 'b,c'))],
  pair: [z.tuple([z.int(), z.string()]), fc.tuple(wholeNumbers, texts)],
  optional: [z.int().optional(), fc.option(wholeNumbers, { nil: undefined })],
};

const goods = defineProjection({
  name: 'goods',
  version: 1,
  from: [],
  tables: { goods: table({ id: text().notNull(), cents: integer().notNull() }, { key: ['id'] }) },
  on: {},
});

const arrived = (schema: z.ZodType, input: Record<string, unknown>) =>
  readQuery(`http://ledge.test${queryPath('q', input)}`, writtenSchema('q', schema));

describe('H64 what the client sends arrives as it was meant', () => {
  test.each(Object.entries(parameters))('%s', (_name, [schema, values]) => {
    const input = z.strictObject({ given: schema, 'a.b': schema });
    fc.assert(
      fc.property(values, values, (given, other) => {
        const value = { given, 'a.b': other };
        expect(arrived(input, value)).toEqual({ value });
      }),
    );
  });

  test('over the socket as in an address', () => {
    const input = z.strictObject({ ids: z.array(z.string()), min: z.number() });
    const value = { ids: ['a,b', ''], min: 1e21 };
    expect(writtenSchema('q', input).parse(writtenInput(value))).toEqual(value);
    expect(writtenSchema('q', input).parse(value)).toEqual(value);
  });

  test('in a choice of inputs, and under any name', () => {
    const choice = z.discriminatedUnion('by', [
      z.strictObject({ by: z.literal('cents'), above: z.int() }),
      z.strictObject({ by: z.literal('flag'), is: z.boolean() }),
    ]);
    const flag = { by: 'flag', is: false };
    expect(arrived(choice, flag)).toEqual({ value: flag });
    const record = { a: 1, b: 2.5 };
    expect(arrived(z.record(z.string(), z.number()), record)).toEqual({ value: record });
  });

  test('through defaults, coercion and transforms', () => {
    const input = z.strictObject({
      limit: z.int().default(10),
      cents: z.coerce.number(),
      code: z.string().transform((code) => code.toUpperCase()),
    });
    expect(arrived(input, { cents: 5, code: '007' })).toEqual({
      value: { limit: 10, cents: 5, code: '007' },
    });
  });
});

test.each<[string, z.ZodType, RegExp]>([
  ['an object', z.object({ a: z.string() }), /given is an object/],
  ['a list of lists', z.array(z.array(z.string())), /list of lists/],
  ['a list or one value', z.union([z.string(), z.array(z.string())]), /take a list/],
  ['a text or a number', z.union([z.string(), z.number()]), /look the same/],
  ['a text or null', z.string().nullable(), /optional instead of nullable/],
  ['a number or its text', z.union([z.literal('5'), z.number()]), /the text "5"/],
  ['a list of such', z.array(z.string().nullable()), /optional instead/],
])('H64 %s is refused where the query is defined', (_what, given, message) => {
  const define = () =>
    goods.query('odd', z.strictObject({ given }), (db, tables) => db.select().from(tables.goods));
  expect(define).toThrow(/^Query odd cannot be asked in an address: its parameter given /);
  expect(define).toThrow(message);
});
