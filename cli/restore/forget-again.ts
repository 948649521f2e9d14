/** Forgets the subjects of a register in the deployment that is restored. */
import { forgottenAgain, type ListedForgetting } from '../../core/operator-shapes/all-subjects.ts';
import { askAgain } from '../operations/ask-again.ts';
import type { Server } from '../operations/server.ts';
import type { ForgottenRegister } from '../subjects/forgotten-register.ts';
import type { LeftStream } from './bring-streams.ts';

export interface AppliedRegister {
  /** When it was listed. */
  readonly at: string;
  readonly subjects: number;
  /** Forgotten now; the others were, or the export knows a newer key of them. */
  readonly changed: number;
  /** Of tenants that the export does not have. */
  readonly absent: number;
}

/** Chosen by us, the server's limit. */
const SUBJECTS_AT_ONCE = 50;

export async function forgetAgain(
  server: Server,
  register: ForgottenRegister,
  tenants: ReadonlySet<string>,
): Promise<{ readonly counts: AppliedRegister; readonly left: readonly LeftStream[] }> {
  const { at, subjects } = register;
  const counts = { at, subjects, changed: 0, absent: 0 };
  const left: LeftStream[] = [];
  const send = async (some: readonly ListedForgetting[]) => {
    const input = { subjects: some.map(wanted) };
    const request = { method: 'POST', path: '/v1/all-subjects/forget', input } as const;
    const answer = await askAgain(server, request, forgottenAgain);
    for (const { tenant, subject, state, changed, because = '' } of answer.subjects) {
      if (changed) counts.changed++;
      if (state === 'failed') left.push({ key: `${tenant}/${subject}`, because });
    }
  };
  let some: ListedForgetting[] = [];
  for await (const one of register.all()) {
    if (tenants.has(one.tenant)) some.push(one);
    else counts.absent++;
    if (some.length < SUBJECTS_AT_ONCE) continue;
    await send(some);
    some = [];
  }
  if (some.length > 0) await send(some);
  return { counts, left };
}

function wanted({ tenant, subject, incarnation, forgottenAt, reason }: ListedForgetting): object {
  return { tenant, subject, incarnation, forgottenAt, reason };
}
