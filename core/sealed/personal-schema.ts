/**
 * The schema of a personal field. Everywhere inside it accepts sealed values alone. At the door, `readPlain` parses with
 * a mark in the context: the field then accepts the plain value, and its place holds a placeholder of the sealed form.
 */
import * as z from 'zod';
// By itself: `z.core` as a value brings all of zod into the bundle of a Worker.
import { $constructor, $ZodAsyncError } from 'zod/v4/core';
import { isSealed, type Sealed } from './sealed.ts';

/** What `personal` makes of the schema of plain values. */
export type PersonalSchema<Plain> = z.ZodType<Sealed<Plain>, Sealed<Plain>>;

/** Takes a plain value that has passed its schema, and returns the placeholder. */
type TakePlain = (subjectField: string, plain: unknown) => string;

/** By this member of zod's parse context, which zod passes on to every inner schema. */
const DOOR = Symbol('door');

/** A parse context in which personal fields are plain. */
export function plainContext(take: TakePlain): object {
  return { [DOOR]: take };
}

/**
 * Of zod's type whose JSON Schema is that of its inner schema: the documents show the plain value. `x-personal` is
 * metadata, which zod writes beside it.
 */
interface PersonalDefinition extends z.core.$ZodTypeDef {
  readonly type: 'nonoptional';
  readonly innerType: z.ZodType;
  readonly subject: string;
}

interface PersonalInternals extends z.core.$ZodTypeInternals<unknown, unknown> {
  readonly def: PersonalDefinition;
}

interface PersonalType extends z.ZodType<unknown, unknown, PersonalInternals> {}

const PersonalType = $constructor<PersonalType, PersonalDefinition>(
  'LedgePersonal',
  (schema, definition) => {
    z.ZodType.init(schema, definition);
    schema._zod.parse = (payload, context) => {
      const take: TakePlain | undefined = Reflect.get(context, DOOR);
      if (take) return takePlain(schema, payload, take);
      if (!isSealed(payload.value)) {
        payload.issues.push({
          code: 'custom',
          input: payload.value,
          inst: schema,
          message: NOT_SEALED,
        });
      }
      return payload;
    };
  },
);

const NOT_SEALED = 'A personal field is sealed before it gets here.';

function takePlain(
  { _zod: { def } }: PersonalType,
  payload: z.core.ParsePayload,
  take: TakePlain,
): z.core.ParsePayload {
  // Without the mark: a schema inside is of the plain value.
  const read = def.innerType._zod.run({ value: payload.value, issues: [] }, { async: false });
  if (read instanceof Promise) throw new $ZodAsyncError();
  if (read.issues.length > 0) payload.issues.push(...read.issues);
  else payload.value = take(def.subject, read.value);
  return payload;
}

export function personalSchema<Plain>(
  plain: z.ZodType<Plain>,
  subject: string,
): PersonalSchema<Plain> {
  const schema = new PersonalType({ type: 'nonoptional', innerType: plain, subject });
  z.globalRegistry.add(schema, { 'x-personal': subject });
  // Its values are texts of the sealed form, which the type keeps domain code from reading.
  return schema as unknown as PersonalSchema<Plain>;
}

/** The name of the field with the subject; undefined for a schema that is not personal. */
export function subjectOfSchema(schema: unknown): string | undefined {
  return schema instanceof PersonalType ? schema._zod.def.subject : undefined;
}
