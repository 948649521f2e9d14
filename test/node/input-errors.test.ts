/** However wrong an input is, its problem stays small. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { toProblem } from '../../core/problem.ts';
import { invalidInput, invalidParameters } from '../../worker/http/input-errors.ts';

const lines = z.array(z.strictObject({ product: z.string() }));

function refused(schema: z.ZodType, input: unknown): z.ZodError {
  const { error } = schema.safeParse(input);
  if (!error) throw new Error('The input is refused.');
  return error;
}

function errorsOf(failure: ReturnType<typeof invalidInput>) {
  return failure.outcome === 'invalid' ? failure.errors : [];
}

const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]));

describe('H43 a problem names at most fifty places, and how many more there are', () => {
  test.each([
    ['values', lines, Array(20_000).fill(0), '/0', 19_950],
    ['fields', z.strictObject({}), many, '/k0', 19_950],
    ['fields of values', lines, Array(30).fill({ product: 'a', b: 1, c: 1 }), '/0/b', 10],
  ])('of %s', (_what, schema, input, first, omitted) => {
    const failure = invalidInput(refused(schema, input));
    const errors = errorsOf(failure);
    expect(errors).toHaveLength(51);
    expect(errors[0]?.at).toBe(first);
    expect(errors.at(-1)).toEqual({ at: '', message: `And ${omitted} more.` });
    expect(JSON.stringify(toProblem(failure)).length).toBeLessThan(20_000);
  });

  test('of parameters', () => {
    const errors = errorsOf(invalidParameters(refused(z.strictObject({}), many)));
    expect(errors.map(({ at }) => at).slice(0, 2)).toEqual(['k0', 'k1']);
    expect(errors.at(-1)?.message).toBe('And 19950 more.');
  });

  test('and all of them where they are few', () => {
    const errors = errorsOf(invalidInput(refused(lines, Array(50).fill(0)), '/data'));
    expect(errors).toHaveLength(50);
    expect(errors.at(-1)?.at).toBe('/data/49');
  });
});
