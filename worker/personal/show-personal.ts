/**
 * Personal data in answers: plain for a caller with the grant `personal`, else `null`; `null` for everyone once its
 * subject is forgotten. The last step before an answer is written, so that nothing else has plain values.
 */
import { hasPersonalData } from '../../core/personal-data.ts';
import { parseSealed, type SealedParts } from '../../core/sealed/sealed.ts';
import { replaceSealed, sealedPlaces } from '../../core/sealed/sealed-places.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { requirePersonalKey } from './require-personal-key.ts';
import { openedValue } from './sealed-value.ts';
import { SubjectKeys, subjectKeyName } from './subject-keys.ts';

/** The reader of an answer. */
export interface PersonalReader {
  readonly machinery: Pick<Machinery, 'app' | 'platform' | 'databases'>;
  readonly env: LedgeEnv;
  readonly tenant: string;
  /** The grant `personal`. */
  readonly opensPersonal: boolean;
}

const nothingKnown: ReadonlyMap<string, unknown> = new Map();

/**
 * The answer as the reader is shown it; without personal data the same object. `known`: values that the reader has sent
 * itself, by their placeholders.
 *
 * @throws MissingPersonalKey, and where no key can be read
 */
export async function shownPersonal<Value>(
  reader: PersonalReader,
  answer: Value,
  known = nothingKnown,
): Promise<Value> {
  if (!hasPersonalData(reader.machinery.app)) return answer;
  const texts = new Set(sealedPlaces(answer).map(({ text }) => text));
  if (texts.size === 0) return answer;
  const opened = reader.opensPersonal ? await openedTexts(reader, texts, known) : nothingKnown;
  return replaceSealed(answer, (text) => opened.get(text) ?? null);
}

/** By their texts: undefined where the key is destroyed, null for what no key of the subject has sealed. */
export async function openedTexts(
  reader: PersonalReader,
  texts: ReadonlySet<string>,
  known: ReadonlyMap<string, unknown> = nothingKnown,
): Promise<ReadonlyMap<string, unknown>> {
  const sealed = new Map<string, SealedParts>();
  for (const text of texts) {
    const parts = known.has(text) ? undefined : parseSealed(text);
    if (parts) sealed.set(text, parts);
  }
  if (sealed.size === 0) return known;
  requirePersonalKey(reader.env);
  const { env, tenant, machinery } = reader;
  const keys = await SubjectKeys.of(machinery).forOpening(env, tenant, [...sealed.values()]);
  const opened = [...sealed].map(async ([text, parts]) => {
    const key = keys.get(subjectKeyName(parts));
    // Without a key its subject is forgotten.
    const value = key && (await openedValue(key, tenant, parts).catch(foreign(reader)));
    return [text, value] as const;
  });
  return new Map([...known, ...(await Promise.all(opened))]);
}

/** Shown as `null`, so that one value does not fail a list, and logged: nothing makes such values. */
function foreign({ machinery, tenant }: PersonalReader): (error: unknown) => null {
  return (error) => {
    machinery.platform.log('error', { operation: 'open-personal', tenant, error });
    return null;
  };
}
