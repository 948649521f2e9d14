/**
 * Parses data of the outside, in which personal fields are plain. Each plain value is checked by its own schema and
 * taken out; a placeholder of the sealed form is in its place, so that nothing plain gets further by mistake.
 */
import * as z from 'zod';
import { IDENTIFIER_RULE, isIdentifier } from '../aggregate/stream.ts';
import { plainContext } from './personal-schema.ts';
import { SEALED_BYTES_MIN, sealedText } from './sealed.ts';
import { type SealedPlace, sealedPlaces, type ValuePath } from './sealed-places.ts';

/** A plain value that was taken out. */
export interface PersonalValue {
  readonly placeholder: string;
  readonly subject: string;
  /** In the data as it was sent, too. */
  readonly path: ValuePath;
  readonly plain: unknown;
}

export type PlainRead =
  | { readonly success: true; readonly data: unknown; readonly personal: readonly PersonalValue[] }
  | { readonly success: false; readonly error: z.ZodError };

/** `nonce`: letters, digits and hyphens that no sealed value in use has. */
export function readPlain(schema: z.ZodType, input: unknown, nonce: string): PlainRead {
  const taken = new Map<string, Taken>();
  const context = plainContext((subjectField, plain) => {
    const placeholder = placeholderOf(nonce, taken.size);
    taken.set(placeholder, { subjectField, plain });
    return placeholder;
  });
  const read = schema.safeParse(input, context);
  if (!read.success) return read;
  const personal: PersonalValue[] = [];
  for (const place of sealedPlaces(read.data)) {
    const found = valueAt(place, taken.get(place.text));
    if ('message' in found) return refused(found);
    personal.push(found);
  }
  return { success: true, data: read.data, personal };
}

interface Taken {
  readonly subjectField: string;
  readonly plain: unknown;
}

interface Fault {
  readonly message: string;
  readonly path: PropertyKey[];
}

/** A text of the sealed form that is not a placeholder would be opened with the others. */
function valueAt(
  { text, path, parent }: SealedPlace,
  taken: Taken | undefined,
): PersonalValue | Fault {
  if (!taken)
    return { message: 'A text of this form is reserved for sealed values.', path: [...path] };
  const { subjectField, plain } = taken;
  const subject = parent[subjectField];
  if (typeof subject === 'string' && isIdentifier(subject))
    return { placeholder: text, subject, path, plain };
  return {
    message: `The subject of personal data is ${IDENTIFIER_RULE}. idOf makes one of any text.`,
    path: [...path.slice(0, -1), subjectField],
  };
}

function refused({ message, path }: Fault): PlainRead {
  return {
    success: false,
    error: new z.ZodError([{ code: 'custom', message, path, input: undefined }]),
  };
}

/** Base64url has four characters for three bytes. */
const CHARACTERS_MIN = (SEALED_BYTES_MIN * 4) / 3;

function placeholderOf(nonce: string, index: number): string {
  const bytes = `${nonce}-${index}`.padStart(CHARACTERS_MIN, '-');
  return sealedText({ subject: '-', incarnation: 1, bytes });
}
