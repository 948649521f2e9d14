/**
 * The words that the API's description is made of: OpenAPI 3.1 as far as Ledge speaks it, as plain objects. Each file
 * beside this one describes a part of the API with them; document.ts puts the parts together.
 */
import type * as z from 'zod';
import type { Reference } from './references.ts';

/** JSON Schema 2020-12, which is what OpenAPI 3.1 takes. */
export type Schema = z.core.JSONSchema.JSONSchema;

export type Schemas = Readonly<Record<string, Schema>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema | boolean;
  readonly style?: 'form';
  /** `false`: a list is one parameter with commas, not many of one name. */
  readonly explode?: false;
  readonly example?: unknown;
}

export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Header {
  readonly description: string;
  readonly schema: Schema;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Content;
}

export type Responses = Readonly<Record<string, Response | Reference>>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Responses;
  /** What the operation needs of its caller, as `need.ts` declares it. Added where the document is put together. */
  readonly security?: Security;
  /** `public`, `principal`, `caller`, `operator`, `admin`, or the area that a role of the app may operate. */
  readonly 'x-ledge-needs'?: string;
}

/** Each entry is one way in; none is needed where there is no entry. */
export type Security = readonly Readonly<Record<string, readonly string[]>>[];

export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: 'bearer'; readonly description: string }
  | {
      readonly type: 'apiKey';
      readonly in: 'header';
      readonly name: string;
      readonly description: string;
    };

export interface PathItem {
  readonly get?: Operation;
  readonly post?: Operation;
  readonly delete?: Operation;
}

export type Paths = Readonly<Record<string, PathItem>>;

export interface Tag {
  readonly name: string;
  readonly description: string;
}

/** The whole of it. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  /** Left out: the paths begin at the root. */
  readonly servers?: readonly { readonly url: string }[];
  readonly tags: readonly Tag[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Schemas;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  };
}

/** What one aggregate, one projection or one feature brings into the document. */
export interface Part {
  readonly tag: Tag;
  readonly paths: Paths;
  readonly schemas: Schemas;
}

export function json(schema: Schema): Content {
  return { 'application/json': { schema } };
}

export function arrayOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** Open: an answer may get members that are not described yet. */
export function objectOf(members: Schemas, optional: Schemas = {}): Schema {
  return {
    type: 'object',
    properties: { ...members, ...optional },
    required: Object.keys(members),
  };
}

/** A name of the app in an address. An app may have no names of the kind. */
export function pathParameter(
  name: string,
  names: readonly string[],
  description: string,
): Parameter {
  const schema: Schema = { type: 'string', ...(names.length > 0 && { enum: [...names] }) };
  return { name, in: 'path', required: true, description, schema };
}

/** Of an outcome that was recorded earlier. */
export const replayedHeader: Header = {
  description: 'The key was known: this is the recorded outcome, nothing happened now.',
  schema: { type: 'string', const: 'true' },
};

/** The headers of a response that identify its content. */
export const tagHeader: Header = {
  description:
    'Identifies this response: send it as `If-None-Match` to get 304 while it is unchanged.',
  schema: { type: 'string' },
};

/** The response is unchanged since the tag that was sent. */
export const notModified: Response = {
  description: 'Nothing has changed since the answer with this tag.',
  headers: { ETag: tagHeader },
};

/** A page, and where the next one begins. */
export function pageAnswer(schema: Schema): Response {
  return {
    description: 'A page.',
    headers: { Link: { description: 'The next page, `rel="next"`.', schema: { type: 'string' } } },
    content: json(schema),
  };
}

/** A page of `items` under `name`. */
export function pageOf(name: string, items: Schema, optional: Schemas = {}): Response {
  const cursor: Schema = {
    type: 'string',
    description: 'Where the next page begins, if there may be one.',
  };
  return pageAnswer(objectOf({ [name]: arrayOf(items) }, { cursor, ...optional }));
}
