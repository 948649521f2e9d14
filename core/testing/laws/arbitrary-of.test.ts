import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { kinds } from '../../../test/controls/event-schemas/kinds.ts';
import { arbitraryOf } from './arbitrary-of.ts';

/** Their patterns look ahead, are several, or say less than the schema checks. */
const OUT_OF_REACH = [
  ...['jwt', 'emoji', 'piped transform'],
  ...['string that starts and ends', 'string of two patterns'],
];

describe('LW5 values are made for a schema of the kind', () => {
  const reached = Object.entries(kinds).filter(([kind]) => !OUT_OF_REACH.includes(kind));
  test.each(reached)('%s', (kind, schema) => {
    fc.assert(
      fc.property(arbitraryOf(fc, kind, schema), (value) => {
        schema.parse(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

const refusing: Readonly<Record<string, z.ZodType>> = {
  'refuses all': z.string().refine(() => false),
  'JSON Schema does not describe': z.custom<string>((value) => value === 'one text'),
  ...Object.fromEntries(OUT_OF_REACH.map((kind) => [kind, kinds[kind] ?? z.never()])),
};

test.each(Object.entries(refusing))(
  'LW5 an arbitrary is asked for where a schema %s',
  (_, schema) => {
    expect(() => arbitraryOf(fc, 'order PlaceOrder', schema)).toThrow(
      'No value for order PlaceOrder could be made from its schema: pass an arbitrary',
    );
  },
);
