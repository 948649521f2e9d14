/** What must never be seen in a log: one of each kind, put wherever a request of the document takes a text. */
import type { OpenApiDocument } from '../../../worker/api/openapi/operation.ts';
import { asZod } from './described.ts';
import type { Described, FuzzedRequest } from './fuzzed-request.ts';

/** In every canary that is personal, and in no name of the code. */
export const PERSONAL = 'canary';

export const EMAIL = 'ann.canary@shop.example';
/** As an id, which takes no at sign. */
export const ID = 'ann.canary~shop.example';

/** `{"alg":"HS256"}`, `{"sub":"ann"}` and a signature. */
export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlb2Zhbm4';

/** The request with a canary in each text that its schema leaves free. */
export function withCanaries(
  document: OpenApiDocument,
  { operation, template }: Described,
  request: FuzzedRequest,
): FuzzedRequest {
  const { type = '', value } = request;
  const schema = operation.requestBody?.content[type]?.schema;
  const path = template.replaceAll(/\{(id|key|timer|stream)\}/g, ID);
  const filled = path.includes('{') ? request.path : path;
  const separator = filled.includes('?') ? '&' : '?';
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => name !== 'Consistent-With'),
  );
  return {
    ...request,
    headers: {
      ...headers,
      'idempotency-key': EMAIL,
      'user-agent': EMAIL,
      cookie: `session=${TOKEN}`,
    },
    path: operation.requestBody ? filled : `${filled}${separator}customer=${EMAIL}&token=${TOKEN}`,
    ...(schema && {
      value: inTexts(value, (whole) => asZod(document, schema).safeParse(whole).success),
    }),
  };
}

/** Each text is replaced where the whole stays valid. */
function inTexts(whole: unknown, isValid: (whole: unknown) => boolean): unknown {
  let best = whole;
  for (const place of placesOf(whole)) {
    const tried = [EMAIL, ID].map((canary) => replaced(best, place, canary));
    best = tried.find(isValid) ?? best;
  }
  return best;
}

type Place = readonly (string | number)[];

function placesOf(value: unknown, at: Place = []): Place[] {
  if (typeof value === 'string') return [at];
  if (typeof value !== 'object' || value === null) return [];
  const names = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...names].flatMap((name) => placesOf(Reflect.get(value, name), [...at, name]));
}

function replaced(value: unknown, [name, ...rest]: Place, text: string): unknown {
  if (name === undefined) return text;
  const copy: unknown = structuredClone(value);
  if (typeof copy === 'object' && copy !== null) {
    Reflect.set(copy, name, replaced(Reflect.get(copy, name), rest, text));
  }
  return copy;
}
