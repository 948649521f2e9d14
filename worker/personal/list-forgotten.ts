/** The forgettings of subjects as a register of them has it, from their objects: D1 may have been restored. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { ForgottenPage, ListedForgetting } from '../../core/operator-shapes/all-subjects.ts';
import type { SubjectEvent } from '../../core/personal/subject.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { forgettingReceipt, signedReceipt } from './receipt.ts';
import type { KeysMachinery } from './subject-keys.ts';
import { subjectHistory, subjectState } from './subject-state.ts';

export interface TenantSubject {
  readonly tenant: string;
  readonly subject: string;
}

/** Ours: of one read of an object. */
const HISTORY_EVENTS = 100;

/** A subject that was never forgotten is in neither list. */
export async function listForgotten(
  machinery: KeysMachinery,
  env: LedgeEnv,
  subjects: readonly TenantSubject[],
): Promise<ForgottenPage> {
  const forgotten: ListedForgetting[] = [];
  const left: ForgottenPage['left'][number][] = [];
  await Promise.all(
    subjects.map(async (named) => {
      try {
        const found = await newestForgetting(machinery, env, named);
        if (found) forgotten.push(found);
      } catch (error) {
        left.push({ ...named, because: errorText(error) });
      }
    }),
  );
  return { forgotten, left };
}

async function newestForgetting(
  machinery: KeysMachinery,
  env: LedgeEnv,
  named: TenantSubject,
): Promise<ListedForgetting | undefined> {
  const { status } = await subjectState(env, named.tenant, named.subject);
  const event = status === 'unknown' ? undefined : await forgettingOf(env, named);
  if (!event) return undefined;
  const receipt =
    status === 'forgotten' ? await forgettingReceipt({ env, machinery, ...named }, [event]) : null;
  // What the definition of the aggregate says of it.
  const { incarnation, reason } = event.data as { incarnation: number; reason: string };
  return {
    ...named,
    ...{ incarnation, forgottenAt: event.recordedAt, forgottenBy: event.metadata.actor, reason },
    receipt: receipt && signedReceipt(env, receipt),
  };
}

async function forgettingOf(
  env: LedgeEnv,
  { tenant, subject }: TenantSubject,
): Promise<StoredEvent | undefined> {
  for (let below: number | undefined = Number.MAX_SAFE_INTEGER; below !== undefined; ) {
    const page = await subjectHistory(env, tenant, subject, { below, limit: HISTORY_EVENTS });
    const found = page.events.find(
      ({ type }) => type === ('SubjectForgotten' satisfies SubjectEvent),
    );
    if (found) return found;
    below = page.more ? page.events.at(-1)?.version : undefined;
  }
  return undefined;
}
