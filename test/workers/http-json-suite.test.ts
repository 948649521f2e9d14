/**
 * The whole JSON parsing test suite against a command with any data: valid JSON is stored unchanged, invalid JSON is
 * refused before an object is woken, and the exceptions of Ledge are listed here by name.
 */
import { expect, test } from 'vitest';
import { fetchWorker, get, useKeptQueue } from './support/harness.ts';
import { expectProblem, objectCount } from './support/hostile.ts';
import {
  casesThat,
  type Expectation,
  type JsonCase,
  notUtf8,
  replacedTexts,
} from './support/json-cases.ts';

useKeptQueue();

const NOT_JSON = 'The body is not valid JSON.';
const NOT_UTF8 = 'The body is not valid UTF-8.';
const TOO_DEEP = 'It is nested more than 64 levels deep.';
const HALF_PAIR = 'A string holds half of a surrogate pair.';
const NUL = 'A string holds the character NUL.';
const twice = (key: string) => `The key ${key} comes twice in one object.`;
const rounded = (number: string) => `The number ${number} cannot be kept exactly.`;

const address = ({ name }: JsonCase) => `keeper/${name.replaceAll(/[^\w.-]/g, '_')}`;

function post({ bytes }: JsonCase): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: bytes };
}

/** Sends every case. Returns the refused ones with their reasons; the others must be returned as they were sent. */
async function reasons(cases: readonly JsonCase[]): Promise<Record<string, string>> {
  const refused: Record<string, string> = {};
  for (const one of cases) {
    const objects = await objectCount();
    const path = `/v1/commands/${address(one)}/Keep`;
    const response = await fetchWorker(path, post(one));
    if (response.status === 200) await expectKept(one);
    else {
      refused[one.name] = await reason(path, one);
      expect(await objectCount(), one.name).toBe(objects);
    }
  }
  return refused;
}

/** Compared as text: JSON that is written has no -0. */
async function expectKept(one: JsonCase): Promise<void> {
  const sent = JSON.stringify(JSON.parse(new TextDecoder().decode(one.bytes)));
  const { body: aggregate } = await get(`/v1/aggregates/${address(one)}`);
  expect(JSON.stringify(aggregate.state), one.name).toBe(`{"kept":[${sent}]}`);
  const { body: stream } = await get(`/v1/streams/${address(one)}`);
  const [event] = Object(stream.events);
  expect(JSON.stringify(event.data), one.name).toBe(`{"value":${sent}}`);
}

async function reason(path: string, one: JsonCase): Promise<string> {
  const { body } = await expectProblem('invalid', path, post(one));
  const [error] = Object(body).errors;
  expect(error.at).toBe('');
  return error.message;
}

test('H22 the suite is whole, and its bytes are those of its files', () => {
  const counts = (['y', 'n', 'i'] as const).map((expectation) => casesThat(expectation).length);
  expect(counts).toEqual([95, 188, 35]);
  const replaced = [...notUtf8].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
  expect(replaced).toEqual([...replacedTexts]);
});

test('H22 valid JSON is stored unchanged, except for what Ledge refuses on purpose', async () => {
  expect(await reasons(casesThat('y'))).toEqual({
    'y_object_duplicated_key.json': twice('"a"'),
    'y_object_duplicated_key_and_value.json': twice('"a"'),
    'y_object_escaped_null_in_key.json': NUL,
    'y_string_null_escape.json': NUL,
  });
});

test('H22 invalid JSON is refused', async () => {
  expect(await reasons(casesThat('n'))).toEqual({
    ...expected('n', NOT_JSON),
    'n_number_with_alpha_char.json': rounded('1.8011670033376514'),
    'n_object_non_string_key_but_huge_number_instead.json': rounded('9999E9999'),
    'n_structure_100000_opening_arrays.json': TOO_DEEP,
    'n_structure_open_array_object.json': TOO_DEEP,
  });
});

test('H22 where parsers differ, what would be altered is refused', async () => {
  const { 'i_number_too_big_pos_int.json': _kept, ...others } = expected('i', HALF_PAIR);
  expect(await reasons(casesThat('i'))).toEqual({
    ...others,
    'i_number_double_huge_neg_exp.json': rounded('123.456e-789'),
    'i_number_huge_exp.json': rounded(`0.4e00${'6'.repeat(2)}${'9'.repeat(32)}`),
    'i_number_neg_int_huge_exp.json': rounded('-1e+9999'),
    'i_number_pos_double_huge_exp.json': rounded('1.5e+9999'),
    'i_number_real_neg_overflow.json': rounded('-123123e100000'),
    'i_number_real_pos_overflow.json': rounded('123123e100000'),
    'i_number_real_underflow.json': rounded('123e-10000000'),
    'i_number_too_big_neg_int.json': rounded('-123123123123123123123123123123'),
    'i_number_very_big_negative_int.json': rounded('-237462374673276894279832749832423479823'),
    'i_structure_500_nested_arrays.json': TOO_DEEP,
    'i_structure_UTF-8_BOM_empty_object.json': NOT_JSON,
  });
});

/** One reason for all cases that are UTF-8, another for those that are not. */
function expected(expectation: Expectation, reason: string): Record<string, string> {
  const names = casesThat(expectation).map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, notUtf8.has(name) ? NOT_UTF8 : reason]));
}
