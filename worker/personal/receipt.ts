/**
 * The receipt of a forgetting: what was recorded, what is read back now, and what the deployment cannot reach. Signed,
 * so that it can be shown later as this deployment's own word.
 */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { streamName } from '../../core/aggregate/stream.ts';
import {
  type SubjectReceipt,
  subjectReceipt,
  type VerifiedReceipt,
} from '../../core/operator-shapes/subject.ts';
import type { SubjectEvent } from '../../core/personal/subject.ts';
import { utcText } from '../../core/values/time.ts';
import { tagSecrets } from '../access/secrets.ts';
import { signedText, signedValue } from '../access/signed-text.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';
import { countCopies } from './key-copies.ts';
import { type KeysMachinery, SUBJECT_KEY_KEPT_MS } from './subject-keys.ts';
import { subjectAddress } from './subject-object.ts';

interface ForgottenSubject {
  readonly env: LedgeEnv;
  readonly machinery: KeysMachinery;
  readonly tenant: string;
  readonly subject: string;
}

const covers = [
  'Every personal field of the subject that was sealed with the key: in events, states, snapshots, read models, the queue, the journal in D1 and R2, dead letters, sagas, timers, and exports that are made from now on into a new folder.',
];

const exceptions = [
  'Point-in-time recovery of the object of the subject, for 30 days: the operator of the account asks for it, and the object then forgets again from the journal.',
  'Time Travel of D1, for 30 days: a database that is restored without `ledge restore-database` has the copy of the key, which opens nothing without LEDGE_PERSONAL_KEY.',
  'Time Travel of D1, for 30 days: columns that the app declares as open were plain in it. They become null again with the journal.',
  'Exports that were made before: they have the key, wrapped by LEDGE_PERSONAL_KEY, until they are deleted.',
  'What was opened before: exports with plaintext, clients and their storage, logs and systems of the app.',
  'Fields that are not declared as personal, and ids.',
];

/** `history`: the newest events of the subject's stream. Null where the forgetting is not among them. */
export async function forgettingReceipt(
  { env, machinery, tenant, subject }: ForgottenSubject,
  history: readonly StoredEvent[],
): Promise<SubjectReceipt | null> {
  const forgotten = history.find(
    ({ type }) => type === ('SubjectForgotten' satisfies SubjectEvent),
  );
  if (!forgotten) return null;
  const address = subjectAddress(tenant, subject);
  const { database } = await machinery.databases.of(env, tenant);
  const [objectKeys, { copies, version }] = await Promise.all([
    aggregateStub(env, address).countSubjectKeys(),
    countCopies(database, tenant, { subject, stream: streamName(address) }),
  ]);
  const confirmed = version >= forgotten.version;
  const isGone = confirmed && objectKeys === 0 && copies === 0;
  const checkedAtMs = machinery.platform.nowMs();
  // What the definition of the aggregate says of it.
  const { incarnation, reason } = forgotten.data as { incarnation: number; reason: string };
  return {
    ...{ tenant, subject, incarnation, reason },
    forgottenAt: forgotten.recordedAt,
    forgottenBy: forgotten.metadata.actor,
    checkedAt: utcText(checkedAtMs),
    ...{ objectKeys, copies, confirmed },
    unreadableFrom: isGone ? utcText(checkedAtMs + SUBJECT_KEY_KEPT_MS) : null,
    ...{ covers, exceptions },
  };
}

/** Null where the deployment has no secret to sign with. */
export function signedReceipt(env: LedgeEnv, receipt: SubjectReceipt): string | null {
  const [secret] = tagSecrets(env);
  return secret === undefined ? null : signedText(secret, 'receipt', receipt);
}

/** Of this tenant and subject. */
export function verifyReceipt(
  env: LedgeEnv,
  { tenant, subject }: Pick<ForgottenSubject, 'tenant' | 'subject'>,
  text: string,
): VerifiedReceipt {
  const receipt = signedValue(tagSecrets(env), 'receipt', subjectReceipt, text);
  const isOwn = receipt?.tenant === tenant && receipt.subject === subject;
  return isOwn ? { valid: true, receipt } : { valid: false, receipt: null };
}
