/**
 * Seals the personal data of a caller's command, once it is authorized: from here on nothing has the plain values. The
 * first command about a subject makes its key.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { PersonalValue } from '../../core/sealed/read-plain.ts';
import { replaceSealed } from '../../core/sealed/sealed-places.ts';
import { unavailableBy } from '../http/unavailable.ts';
import { requirePersonalKey } from '../personal/require-personal-key.ts';
import { sealedValue, valueFingerprint } from '../personal/sealed-value.ts';
import { type KeysMachinery, type SubjectKey, SubjectKeys } from '../personal/subject-keys.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { fingerprint } from './fingerprint.ts';
import type { DraftCommand, PreparedCommand } from './prepare-command.ts';

export interface CommandSealer {
  readonly env: LedgeEnv;
  readonly machinery: KeysMachinery;
}

/** A draft without personal data is returned as it is. */
export async function sealedCommand(
  sealer: CommandSealer,
  { address, draft, personal, sent }: DraftCommand,
): Promise<PreparedCommand | Failure> {
  if (personal.length === 0) return { address, command: draft };
  const keys = await keysFor(sealer, address.tenant, personal);
  if ('outcome' in keys) return keys;
  const values = await Promise.all(
    keys.map(async ([value, key]): Promise<SealedPersonalValue> => {
      const { subject, plain, path } = value;
      const [text, digest] = await Promise.all([
        sealedValue(key, { tenant: address.tenant, subject }, plain),
        valueFingerprint(key, valueAt(sent, path)),
      ]);
      return { ...value, text, digest };
    }),
  );
  const texts = new Map(values.map(({ placeholder, text }) => [placeholder, text]));
  return {
    address,
    command: {
      ...draft,
      data: replaceSealed(draft.data, (placeholder) => texts.get(placeholder)),
      fingerprint: fingerprint(draft.name, withDigests(sent, values), draft.occurredAt),
    },
  };
}

interface SealedPersonalValue extends PersonalValue {
  readonly text: string;
  readonly digest: string;
}

async function keysFor(
  { env, machinery }: CommandSealer,
  tenant: string,
  personal: readonly PersonalValue[],
): Promise<(readonly [PersonalValue, SubjectKey])[] | Failure> {
  const keys = SubjectKeys.of(machinery);
  const found: (readonly [PersonalValue, SubjectKey])[] = [];
  try {
    requirePersonalKey(env);
    for (const value of personal) {
      const key = await keys.forSealing(env, tenant, value.subject);
      if (key === 'forgotten') return { outcome: 'subject-forgotten', subject: value.subject };
      if ('outcome' in key) return key;
      found.push([value, key]);
    }
  } catch (error) {
    const unavailable = unavailableBy(error);
    if (!unavailable) throw error;
    return unavailable;
  }
  return found;
}

/** A fingerprint is of the data as it was sent, in which the values have the same places. */
function withDigests(sent: unknown, values: readonly SealedPersonalValue[]): unknown {
  const copy: unknown = structuredClone(sent);
  for (const { path, digest } of values) {
    const parent = valueAt(copy, path.slice(0, -1));
    Object.assign(Object(parent), { [path.at(-1) ?? '']: digest });
  }
  return copy;
}

function valueAt(data: unknown, path: PersonalValue['path']): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), data);
}
