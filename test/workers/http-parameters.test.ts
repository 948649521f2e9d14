/** Every parameter of every operation, spoilt one at a time: in a query, a header or a path, by its own description. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Operation, Parameter } from '../../worker/api/openapi/operation.ts';
import { sagaApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { documentOf, heldLedge } from './support/held-ledge.ts';
import { objectCount, rowsInD1 } from './support/hostile.ts';

useKeptQueue();

const document = documentOf(sagaApp);
const worker = heldLedge(sagaApp, faultyPlatform);

interface One {
  readonly method: string;
  readonly template: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
}

const operations: One[] = Object.entries(document.paths).flatMap(([template, item]) =>
  Object.entries(item).map(([method, operation]: [string, Operation]) => ({
    method: method.toUpperCase(),
    template,
    operation,
    parameters: (operation.parameters ?? []).map(resolved),
  })),
);

function resolved(one: NonNullable<Operation['parameters']>[number]): Parameter {
  if (!('$ref' in one)) return one;
  const parameter = new Map<string, Parameter>(Object.entries(document.components.parameters)).get(
    one.$ref.split('/').at(-1) ?? '',
  );
  if (!parameter) throw new Error(`${one.$ref} leads nowhere.`);
  return parameter;
}

/** What the descriptions say in words, or by an example. */
const NO_HEADER_VALUES: Readonly<Record<string, readonly string[]>> = {
  'Idempotency-Key': ['a b', '', 'x'.repeat(129), 'é', '"'],
  'If-Match': ['x', '""', '"-1"', '"1.5"', '*', `"${'9'.repeat(400)}"`],
  'Occurred-At': ['yesterday', '', '2026-02-30T00:00:00Z', '2026-01-01', '9'.repeat(400)],
  'Consistent-With': ['x', 'order/o-1', 'order/o-1@-1', '@', 'order/o-1@1;', 'x'.repeat(5_000)],
  'D1-Bookmark': ['x', '', '0'.repeat(5_000)],
};

const inQuery = operations.filter(({ parameters }) => parameters.some((one) => one.in === 'query'));
const inHeader = operations.filter(({ parameters }) =>
  parameters.some(({ name }) => name in NO_HEADER_VALUES),
);
const inPath = operations.filter(({ template }) => template.includes('{'));

/** The address with something that leads nowhere in each place of its path. */
function addressOf({ template }: One): string {
  return template.replaceAll(/\{\w+\}/g, 'x');
}

async function statusOf(
  { method, operation }: One,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  const init = {
    method,
    headers: { ...headers, ...(type !== undefined && { 'content-type': type }) },
    ...(type !== undefined && { body: '{}' }),
  };
  const request = new Request(`http://ledge.test${path}`, init);
  const response = await worker.fetch(request, env, createExecutionContext());
  await response.body?.cancel();
  return response.status;
}

/** The object of the audit trail, which has a record of each operation, also of one whose target is not there. */
beforeAll(async () => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  const sweep = new Request('http://ledge.test/v1/sweep', init);
  expect((await worker.fetch(sweep, env, createExecutionContext())).status).toBe(200);
});

async function expectNothingLeft(go: () => Promise<void>): Promise<void> {
  const before = [await rowsInD1(), await objectCount()];
  await go();
  expect([await rowsInD1(), await objectCount()]).toEqual(before);
}

/** What no whole number is written as, here. */
const NO_NUMBERS = [
  '',
  'x',
  '1.5',
  '-1',
  '+1',
  '1e3',
  '0x1',
  ' 1',
  '１',
  '9'.repeat(400),
  'NaN',
  '1,2',
];
const NO_MEMBERS = ['', 'nothing', '__proto__', '*', 'x'.repeat(5_000)];

function refusedValues({ schema }: Parameter): string[] {
  if (typeof schema !== 'object') return [];
  if (schema.type === 'integer') return NO_NUMBERS;
  if (schema.enum) return NO_MEMBERS;
  const { items } = schema;
  const isListOfChoices = typeof items === 'object' && 'enum' in items;
  // No text is the empty list.
  return isListOfChoices ? NO_MEMBERS.filter((value) => value !== '') : [];
}

describe('H36 of a query each parameter', () => {
  test.each(inQuery)('$method $template', async (one) => {
    const address = addressOf(one);
    const named = one.parameters.filter(({ in: place }) => place === 'query');
    await expectNothingLeft(async () => {
      for (const parameter of named) {
        const name = encodeURIComponent(parameter.name);
        for (const value of refusedValues(parameter)) {
          expect(
            await statusOf(one, `${address}?${name}=${encodeURIComponent(value)}`),
            value,
          ).toBe(400);
        }
        for (const query of [`${name}=1&${name}=1`, `${name}[]=1`, `${name}[0]=1`, `${name}.x=1`]) {
          expect(await statusOf(one, `${address}?${query}`), query).toBe(400);
        }
        for (const value of [
          '',
          '%',
          '%zz',
          '%ff',
          '%c0%80',
          '%00',
          '%ed%a0%80',
          'x'.repeat(8_000),
        ]) {
          expect(await statusOf(one, `${address}?${name}=${value}`), value).toBeLessThan(500);
        }
      }
      for (const query of ['nothing=1', '__proto__=1', 'constructor=1', '=1', '%zz=1']) {
        expect(await statusOf(one, `${address}?${query}`), query).toBe(400);
      }
    });
  });
});

describe('H36 of the headers each', () => {
  test.each(inHeader)('$method $template', async (one) => {
    await expectNothingLeft(async () => {
      for (const { name } of one.parameters) {
        for (const value of NO_HEADER_VALUES[name] ?? []) {
          const status = await statusOf(one, addressOf(one), { [name]: value });
          expect(status, `${name}: ${value}`).toBe(400);
        }
      }
    });
  });
});

describe('H36 in a path each segment', () => {
  test.each(inPath)('$method $template', async (one) => {
    await expectNothingLeft(async () => {
      for (const value of [
        '%00',
        '%',
        '%zz',
        '%ff',
        '%2f',
        'a%20b',
        '..%2f',
        'x'.repeat(4_000),
        "'",
      ]) {
        const path = one.template.replaceAll(/\{\w+\}/g, value);
        expect(await statusOf(one, path), path).toBeLessThan(500);
      }
    });
  });
});
