/**
 * Wraps the keys of subjects again, after LEDGE_PERSONAL_KEY was changed: the object of each does, as for any reader, and
 * the copy in D1 follows. What is counted as a key is wrapped by the secret of this Worker.
 */
import { errorText } from '../../core/failures/error-text.ts';
import type { RewrappedKeys } from '../../core/operator-shapes/all-subjects.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { type WrittenCopy, writeCopies } from './key-copies.ts';
import type { TenantSubject } from './list-forgotten.ts';
import { requirePersonalKey } from './require-personal-key.ts';
import type { KeysMachinery } from './subject-keys.ts';
import { readSubjectKey, subjectAddress } from './subject-object.ts';
import { currentSecretId, isWrappedByCurrent } from './wrapped-key.ts';

type Look =
  | { readonly state: 'forgotten' | 'unknown' }
  | { readonly state: 'wrapped'; readonly copy: WrittenCopy }
  | { readonly state: 'left'; readonly because: string };

/** @throws MissingPersonalKey, and D1's errors */
export async function rewrapKeys(
  machinery: KeysMachinery,
  env: LedgeEnv,
  subjects: readonly TenantSubject[],
): Promise<RewrappedKeys> {
  requirePersonalKey(env);
  const looks = await Promise.all(
    subjects.map(async (named) => ({ ...named, look: await lookAt(env, named) })),
  );
  const left = looks.flatMap(({ tenant, subject, look }) =>
    look.state === 'left' ? [{ tenant, subject, because: look.because }] : [],
  );
  for (const [tenant, own] of Map.groupBy(looks, (one) => one.tenant)) {
    const copies = own.flatMap(({ look }) => (look.state === 'wrapped' ? [look.copy] : []));
    if (copies.length === 0) continue;
    const { database } = await machinery.databases.of(env, tenant);
    const ahead = await writeCopies(database, tenant, copies);
    for (const subject of ahead.keys()) left.push({ tenant, subject, because: OUTDATED });
  }
  const counted = (state: Look['state']) => looks.filter(({ look }) => look.state === state).length;
  const keys = looks.length - counted('forgotten') - counted('unknown') - left.length;
  return {
    secret: currentSecretId(env),
    ...{ keys, forgotten: counted('forgotten'), unknown: counted('unknown'), left },
  };
}

async function lookAt(env: LedgeEnv, { tenant, subject }: TenantSubject): Promise<Look> {
  try {
    const stored = await readSubjectKey(env, subjectAddress(tenant, subject));
    if (!stored) return { state: 'unknown' };
    if ('outcome' in stored) return { state: 'left', because: stored.outcome };
    if (stored.wrapped === null) return { state: 'forgotten' };
    if (!isWrappedByCurrent(env, stored.wrapped)) return { state: 'left', because: OLDER_CODE };
    return { state: 'wrapped', copy: { subject, ...stored } };
  } catch (error) {
    return { state: 'left', because: errorText(error) };
  }
}

const OUTDATED =
  'Its object has less than the journal: it was changed at this moment, or restored.';

const OLDER_CODE =
  'Its object has another secret than the Worker: it goes on with a deployment of before, for some minutes.';
