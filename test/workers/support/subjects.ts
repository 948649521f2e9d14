/** The keys of subjects, as tests read them. */
import { expect } from 'vitest';
import {
  type SubjectKey,
  SubjectKeys,
  subjectKeyName,
} from '../../../worker/personal/subject-keys.ts';
import { machineryFor } from '../../../worker/runtime/machinery.ts';
import { testApp } from './entry.ts';
import { faultyPlatform } from './faults.ts';
import { env, rowsOf } from './harness.ts';

/** The keys of an isolate that knows none yet. */
export function newKeys(): SubjectKeys {
  return SubjectKeys.of(machineryFor(testApp, faultyPlatform));
}

/** The key that seals a subject's fields. */
export async function sealing(
  subject: string,
  { keys = newKeys(), tenant = 'main' }: { keys?: SubjectKeys; tenant?: string } = {},
): Promise<SubjectKey> {
  const key = await keys.forSealing(env, tenant, subject);
  expect(key).toHaveProperty('key');
  return key as SubjectKey;
}

/** The key that opens a subject's fields; undefined: nothing opens them. */
export async function opening(
  subject: string,
  {
    keys = newKeys(),
    tenant = 'main',
    incarnation = 1,
  }: { keys?: SubjectKeys; tenant?: string; incarnation?: number } = {},
): Promise<SubjectKey | undefined> {
  const opened = await keys.forOpening(env, tenant, [{ subject, incarnation }]);
  return opened.get(subjectKeyName({ subject, incarnation }));
}

const iv = new Uint8Array(12);

/** The same for the same key alone. */
export async function ciphertext(key: SubjectKey | undefined): Promise<string> {
  if (!key) throw new Error('There is no key.');
  const plain = new TextEncoder().encode('Ann');
  const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key.key, plain);
  return Buffer.from(bytes).toString('hex');
}

/** What D1 has of a subject. */
export function copiesOf(
  subject: string,
): Promise<{ incarnation: number; wrapped: string | null }[]> {
  return rowsOf('SELECT incarnation, wrapped FROM subject_key WHERE subject = ?', subject);
}
