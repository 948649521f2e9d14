/** Data as an export of one subject has it: the subject's values opened and named, and the rest beside them. */
import type { PersonalValueView } from '../../core/operator-shapes/subject-export.ts';
import { parseSealed } from '../../core/sealed/sealed.ts';
import { placesOfSubject, replaceSealed } from '../../core/sealed/sealed-places.ts';
import type { Json } from '../../core/values/json.ts';
import { openedTexts, type PersonalReader } from './show-personal.ts';

export interface DescribedData {
  readonly personal: readonly PersonalValueView[];
  readonly beside: Json;
}

export interface DescribedSubject {
  readonly subject: string;
  /** The number of its key now. */
  readonly incarnation: number;
}

/** In their order, undefined for data without a value of the subject. The keys of all of it are read at once. */
export async function describedData(
  reader: PersonalReader,
  of: DescribedSubject,
  all: readonly unknown[],
): Promise<readonly (DescribedData | undefined)[]> {
  const places = all.map((data) => placesOfSubject(data, of.subject));
  const texts = new Set(places.flat().map(({ text }) => text));
  const opened = await openedTexts(reader, texts);
  return all.map((data, index) => {
    const own = places[index] ?? [];
    if (own.length === 0) return undefined;
    return {
      personal: own.map(({ text, path }) => ({
        field: path.join('.'),
        ...shown(of, text, opened.get(text)),
      })),
      // What is stored is JSON, and so are the cells of a row.
      beside: replaceSealed(data, () => null) as Json,
    };
  });
}

function shown(
  { incarnation }: DescribedSubject,
  text: string,
  value: unknown,
): Omit<PersonalValueView, 'field'> {
  const key = parseSealed(text)?.incarnation ?? 0;
  // An opened value is the JSON that was sealed.
  if (value !== undefined && value !== null) return { value: value as Json, key, state: 'opened' };
  return { value: null, key, state: key < incarnation ? 'forgotten' : 'unreadable' };
}
