/** Requests to an operation of the document, from its own description. */
import fc from 'fast-check';
import type {
  OpenApiDocument,
  Operation,
  Parameter,
} from '../../../worker/api/openapi/operation.ts';
import type { Reference } from '../../../worker/api/openapi/references.ts';
import { fitting } from './from-json-schema.ts';

export interface Described {
  readonly method: string;
  /** `/v1/streams/order/{id}`. */
  readonly template: string;
  readonly operation: Operation;
}

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly type?: string;
  /** The body, if it has one: a JSON value, or text. */
  readonly value?: unknown;
  readonly text?: string;
}

/** Few, so that requests meet. */
const ids = ['a-1', 'b_2', 'constructor', '~'];

/** Rules of a parameter that its description has in words. */
const wellFormed: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'Idempotency-Key': fc.constantFrom('k-1', 'k-2', 'k-3'),
  'If-Match': fc.constantFrom('"0"', '"1"', '"7"'),
  'Consistent-With': fc.constantFrom('product/a-1@1', 'order/a-1@1,payment/~@0'),
  'Ledge-Reason': fc.constant('on call'),
  'D1-Bookmark': fc.constant('00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683'),
  id: fc.constantFrom(...ids),
  stream: fc.constantFrom('order/a-1', 'product/constructor'),
  name: fc.constantFrom('orders', 'products', 'nothing'),
  wait: fc.constant('0'),
};

/** Left out: only a response has the cursor of the next page. */
const ONLY_ANSWERED = ['cursor'];

/** A request with nothing wrong with it. */
export function fittingRequest(
  document: OpenApiDocument,
  { method, template, operation }: Described,
): fc.Arbitrary<FuzzedRequest> {
  const parameters = (operation.parameters ?? []).map((one) => resolved(document, one));
  const named = (place: Parameter['in']) => {
    const own = parameters.filter((one) => one.in === place && !ONLY_ANSWERED.includes(one.name));
    const required = own.filter((one) => one.required).map(({ name }) => name);
    const texts = Object.fromEntries(own.map((one) => [one.name, parameterText(document, one)]));
    return fc.record(texts, { requiredKeys: required }).chain((all) => few(all, required));
  };
  return fc
    .record({
      path: named('path'),
      query: named('query'),
      headers: named('header'),
      body: bodyOf(document, operation),
    })
    .map(({ path, query, headers, body }) => ({
      method: method.toUpperCase(),
      path: `${filled(template, path)}${queryText(query)}`,
      headers,
      ...body,
    }));
}

function resolved({ components }: OpenApiDocument, one: Parameter | Reference): Parameter {
  if (!('$ref' in one)) return one;
  const parameter = components.parameters[one.$ref.split('/').at(-1) ?? ''];
  if (!parameter) throw new Error(`${one.$ref} leads nowhere.`);
  return parameter;
}

/** Of dozens of filters two or three at a time: with all of them no row is ever left. */
function few(all: Readonly<Record<string, string>>, required: readonly string[]) {
  const optional = Object.keys(all).filter((name) => !required.includes(name));
  return fc
    .shuffledSubarray(optional, { maxLength: Math.min(3, optional.length) })
    .map((chosen) => {
      const names = [...required, ...chosen];
      return Object.fromEntries(names.map((name) => [name, all[name] ?? '']));
    });
}

function parameterText(
  document: OpenApiDocument,
  { name, schema }: Parameter,
): fc.Arbitrary<string> {
  const said = wellFormed[name];
  if (said) return said;
  return fitting(schema, document.components.schemas)
    .filter((value) => !Array.isArray(value) || value.length > 0) // there is no way to write it
    .map((value) => (Array.isArray(value) ? value.map(escaped).join(',') : String(value)));
}

function escaped(value: unknown): string {
  return String(value).replaceAll(/[\\,]/g, '\\$&');
}

function bodyOf({ components }: OpenApiDocument, { requestBody }: Operation) {
  if (!requestBody) return fc.constant({});
  return fc
    .constantFrom(...Object.entries(requestBody.content))
    .chain(([type, { schema }]) =>
      fitting(schema, components.schemas).map((value) => ({ type, value })),
    );
}

function filled(template: string, path: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_all, name) => encodeURIComponent(path[name] || '-'));
}

function queryText(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}

export function initOf({ method, headers, type, value, text }: FuzzedRequest): RequestInit {
  if (type === undefined) return { method, headers };
  return {
    method,
    headers: { ...headers, 'content-type': type },
    body: text ?? `${JSON.stringify(value)}\n`,
  };
}

/** Any text at all, and what has a meaning somewhere: paths, SQL, lists, numbers, cursors. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed()),
  fc.constantFrom('..', '%2e%2e', "' OR 1=1 --", '__proto__', '1e3', '-1', '\u0000', '*', '[]'),
  fc.base64String({ maxLength: 40 }),
);

/** A valid header value. */
const headerText = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,30}[\x21-\x7e])?$/);

const oddBody = fc.record({
  type: fc.constantFrom(
    'application/json',
    'application/x-ndjson',
    'text/plain',
    'application/json;x',
  ),
  text: fc.oneof(fc.json({ maxDepth: 3 }), oddText),
});

/** The same address with any text for each parameter. */
export function oddRequest({
  method,
  template,
  operation,
}: Described): fc.Arbitrary<FuzzedRequest> {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = (operation.parameters ?? []).flatMap((one) => ('name' in one ? [one] : []));
  const known = parameters.filter((one) => one.in === 'query' && one.name !== 'wait');
  const query = fc.constantFrom('x', ...known.map(({ name }) => name));
  return fc
    .record({
      path: fc.record(Object.fromEntries(names.map((name) => [name, oddText]))),
      query: fc.array(fc.tuple(query, oddText), { maxLength: 3 }),
      headers: fc.dictionary(fc.constantFrom(...ODD_HEADERS), headerText, { maxKeys: 2 }),
      body: operation.requestBody ? oddBody : fc.constant({}),
    })
    .map(({ path, query, headers, body }) => ({
      method: method.toUpperCase(),
      path: `${filled(template, path)}?${new URLSearchParams(query)}`,
      headers,
      ...body,
    }));
}

const ODD_HEADERS = [
  ...['if-match', 'if-none-match', 'idempotency-key', 'occurred-at', 'traceparent'],
  ...['consistent-with', 'd1-bookmark', 'accept', 'x-forwarded-host'],
];
