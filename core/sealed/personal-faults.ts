/**
 * Where personal fields may be: beside a text with their subject, and nowhere a schema on the way to them changes what
 * it parses, since a plain value is sealed at the place where the client put it.
 */
import type * as z from 'zod';
import { fieldSchemas, innerSchemas, isSchema, type SchemaNode } from '../values/schema-parts.ts';
import { subjectOfSchema } from './personal-schema.ts';

interface Place {
  readonly schema: SchemaNode;
  readonly path: string;
  /** Whether everything around it leaves values where they are. */
  readonly isFixed: boolean;
  /** The names of the texts beside it; left out: it is not a field. */
  readonly texts?: readonly string[];
}

/** Whether values of the schema may have personal fields. */
export function hasPersonal(schema: z.ZodType): boolean {
  return placesIn(schema).some(isPersonal);
}

/** A sentence for the first personal field that cannot be sealed; undefined where all can be. */
export function personalFault(schema: z.ZodType): string | undefined {
  for (const place of placesIn(schema)) {
    const subject = subjectOfSchema(place.schema);
    const fault = subject === undefined ? undefined : faultOf(place, subject);
    if (fault !== undefined) return `${place.path || 'it'} is personal${fault}`;
  }
  return undefined;
}

function faultOf({ schema, texts, isFixed }: Place, subject: string): string | undefined {
  if (!texts) return ', but not a field of an object: make the whole field personal.';
  if (!isFixed) return ', and a schema around it changes what it parses: leave that out.';
  if (innerSchemas(schema, []).flatMap(placesIn).some(isPersonal)) {
    return ', and has a personal field in it: one of them is enough.';
  }
  if (texts.includes(subject)) return undefined;
  return ` of ${subject}, which is no text beside it: add ${subject}: z.string().`;
}

function isPersonal({ schema }: Place): boolean {
  return subjectOfSchema(schema) !== undefined;
}

/** Kinds of schemas whose values are where the client put them. */
const FIXED = ['object', 'array', 'tuple', 'union', 'optional', 'nullable', 'readonly', 'lazy'];

/** A field with one of these around its schema is still a field. */
const SAME_FIELD = ['optional', 'nullable', 'readonly'];

/** All schemas in a schema; those in personal ones are not looked at. */
function placesIn(root: unknown): Place[] {
  const seen = new Set<SchemaNode>();
  const found: Place[] = [];
  const open: Place[] = isSchema(root) ? [{ schema: root, path: '', isFixed: true }] : [];
  for (let place = open.shift(); place; place = open.shift()) {
    const isKnown = seen.has(place.schema);
    // A personal schema is looked at in each object that has it as a field.
    if (isKnown && !isPersonal(place)) continue;
    seen.add(place.schema);
    found.push(place);
    if (!isPersonal(place)) open.push(...within(place));
  }
  return found;
}

function within({ schema, path, isFixed: isFixedAround, texts }: Place): Place[] {
  const { type } = schema._zod.def;
  const isFixed = isFixedAround && FIXED.includes(type);
  const fields = fieldSchemas(schema);
  const beside = fields.flatMap(([name, field]) => (isText(field) ? [name] : []));
  const inner = innerSchemas(schema, ['in', 'out']).map((one) => ({
    ...{ schema: one, path, isFixed },
    ...(texts && SAME_FIELD.includes(type) && { texts }),
  }));
  return [
    ...inner,
    ...fields.map(([name, field]) => ({
      schema: field,
      path: path === '' ? name : `${path}.${name}`,
      isFixed,
      texts: beside,
    })),
  ];
}

function isText(schema: SchemaNode): boolean {
  const { type } = schema._zod.def;
  if (type === 'readonly') return innerSchemas(schema, []).every(isText);
  return type === 'string' || type === 'template_literal';
}
