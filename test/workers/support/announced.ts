/**
 * What a published document says of an answer: which operation it is of, and whether its status, its headers, its type
 * and its body are announced there. Says every disagreement in words; an answer that is announced has none.
 */
import * as z from 'zod';
import type {
  Response as Announced,
  OpenApiDocument,
  Operation,
  Responses,
} from '../../../worker/api/openapi/operation.ts';
import { problems } from '../../../worker/api/openapi/problems.ts';
import { asZod } from './described.ts';

/** What came back, with the request that it answers. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
}

/** Which answer of the document this one should be. */
export interface Announcement {
  /** The operation and the status, or the method and the address where there is no operation. */
  readonly what: string;
  readonly response: Announced | undefined;
}

/** Not of the API: for the eyes of people, and described by nothing but themselves. */
const PAGES =
  /^\/(|reference|openapi-explorer\.min\.js|login|login\/style\.css|pages\/.*|console(\/.*)?)$/;

export function isPage(document: OpenApiDocument, url: string): boolean {
  const { pathname } = new URL(url);
  const basePath = basePathOf(document);
  return pathname.startsWith(basePath) && PAGES.test(pathname.slice(basePath.length) || '/');
}

/** Under which the document's paths are served. */
function basePathOf({ servers = [] }: OpenApiDocument): string {
  return servers[0]?.url ?? '';
}

/**
 * OpenAPI announces the type with the body, and takes no header of that name. The rest is said by who carries the
 * answer over a real connection.
 */
const OF_THE_WAY = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding'];

/** What a browser or a cache may do with an answer, the same for all of them: CORS, the standard headers, a session’s cookie. */
const FOR_BROWSERS =
  /^(access-control-.+|vary|cache-control|content-security-policy|cross-origin-resource-policy|referrer-policy|set-cookie|strict-transport-security|x-content-type-options)$/;

/** In place of an operation: no such address, no such method, or a request for the allowed methods. */
const ELSEWHERE: Responses = {
  204: {
    description: 'What the address takes.',
    headers: { Allow: { description: 'Methods.', schema: { type: 'string' } } },
  },
  ...problems('unknown', 'method-not-allowed'),
};

export function announcementOf(document: OpenApiDocument, exchange: Exchange): Announcement {
  const { method, url, status } = exchange;
  const operation = operationAt(document, method, new URL(url).pathname);
  const name = operation?.operationId ?? `${method} ${new URL(url).pathname}`;
  const found = (operation?.responses ?? ELSEWHERE)[status];
  return { what: `${name} ${status}`, response: found && resolved(document, found) };
}

function resolved({ components }: OpenApiDocument, found: Responses[string]) {
  return '$ref' in found ? components.responses[found.$ref.split('/').at(-1) ?? ''] : found;
}

/** HEAD is asked for what GET would answer. */
export function operationAt(
  document: OpenApiDocument,
  method: string,
  pathname: string,
): Operation | undefined {
  const path = templatesOf(document).find(([pattern]) => pattern.test(pathname));
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  return path && new Map(Object.entries(path[1])).get(asked);
}

type Templates = readonly (readonly [RegExp, object])[];

const templates = new WeakMap<OpenApiDocument, Templates>();

function templatesOf(document: OpenApiDocument): Templates {
  const known = templates.get(document) ?? patternsOf(document);
  templates.set(document, known);
  return known;
}

function patternsOf(document: OpenApiDocument): Templates {
  const basePath = basePathOf(document);
  return Object.entries(document.paths).map(([template, item]) => [
    patternOf(`${basePath}${template}`),
    item,
  ]);
}

/** A segment that is made of parameters is one whatever it holds, also when it does not hold them all. */
function patternOf(template: string): RegExp {
  const segments = template
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}$`);
}

/** Whether the status and the headers are announced. */
export function headDisagreements({ response }: Announcement, { headers }: Exchange): string[] {
  if (!response) return ['the status is not announced'];
  const announced = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
  return [...headers.keys()]
    .filter((name) => !OF_THE_WAY.includes(name) && !FOR_BROWSERS.test(name))
    .filter((name) => !announced.includes(name))
    .map((name) => `the header ${name} is not announced`);
}

/** Whether the whole body, or one line of it, is what is announced for its type. */
export function bodyDisagreements(
  document: OpenApiDocument,
  { response }: Announcement,
  type: string,
  text: string,
): string[] {
  if (!response) return [];
  if (!response.content) return text === '' ? [] : ['no body is announced'];
  const { schema } = response.content[type] ?? {};
  if (!schema) return [`the type ${type} is not announced`];
  return type.includes('json') ? misfits(asZod(document, schema), text) : [];
}

/** Where the text, as JSON, is not what the schema says. */
export function misfits(schema: z.ZodType, text: string): string[] {
  const { error } = schema.safeParse(parsed(text));
  return error ? [`${z.prettifyError(error)} in ${text.slice(0, SHOWN_CHARACTERS)}`] : [];
}

const SHOWN_CHARACTERS = 500;

/** What is no JSON fits nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
