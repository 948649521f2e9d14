/**
 * Forgets the subjects of a register in a deployment that was restored from an older export. A subject that the export
 * does not know is forgotten, too: its next command must not make a key by itself.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { ForgottenAgain } from '../../core/operator-shapes/all-subjects.ts';
import type { SubjectCommand } from '../../core/personal/subject.ts';
import { type OwnSender, sendOwnCommand } from '../commands/send-own-command.ts';
import type { TenantSubject } from '../personal/list-forgotten.ts';
import { registeredSubjectKey, subjectAddress } from '../personal/subject-object.ts';
import { subjectState } from '../personal/subject-state.ts';

export interface RegisteredForgetting extends TenantSubject {
  readonly incarnation: number;
  readonly forgottenAt: string;
  readonly reason: string;
}

type Step = Omit<ForgottenAgain['subjects'][number], 'tenant' | 'subject'>;

/** A repeat changes nothing. */
export async function forgetAgain(
  sender: OwnSender,
  registered: readonly RegisteredForgetting[],
): Promise<ForgottenAgain> {
  const subjects = registered.map(async (one) => {
    const { tenant, subject } = one;
    const step = await stepOf(sender, one).catch(
      (error: unknown): Step => ({ state: 'failed', changed: false, because: errorText(error) }),
    );
    return { tenant, subject, ...step };
  });
  return { subjects: await Promise.all(subjects) };
}

async function stepOf(sender: OwnSender, one: RegisteredForgetting): Promise<Step> {
  const { env } = sender;
  const { tenant, subject, incarnation } = one;
  const address = subjectAddress(tenant, subject);
  const state = await subjectState(env, tenant, subject);
  if (state.status === 'forgotten') return { state: 'forgotten', changed: false };
  if (state.status === 'known' && state.incarnation > incarnation) {
    return { state: 'newer', changed: false };
  }
  const reason = `Forgotten ${one.forgottenAt}, and again after a restore by the register: ${one.reason}`;
  const send = (name: SubjectCommand) => sendOwnCommand(sender, address, name, { reason });
  if (state.status === 'unknown') {
    const made = await registeredSubjectKey(env, address);
    if ('outcome' in made) return failed(made);
  }
  // A hold of the export had ended before the forgetting.
  const isHeld = state.status === 'known' && state.held !== null;
  const failure =
    (isHeld ? await send('ReleaseSubject') : undefined) ?? (await send('ForgetSubject'));
  return failure ? failed(failure) : { state: 'forgotten', changed: true };
}

function failed(failure: Failure): Step {
  const because = 'detail' in failure ? failure.detail : failure.outcome;
  return { state: 'failed', changed: false, because };
}
