/** What a privacy officer does with a subject of its tenant: it is forgotten, held, released and authorized again. */
import type { Command } from '../../core/aggregate/command.ts';
import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { streamName } from '../../core/aggregate/stream.ts';
import type { SubjectView } from '../../core/operator-shapes/subject.ts';
import type { SubjectCommand } from '../../core/personal/subject.ts';
import { personalSecrets, SECRET_CHARACTERS_MIN } from '../access/secrets.ts';
import { sendOwnCommand } from '../commands/send-own-command.ts';
import { type AuthenticatedCaller, commandOrigin } from '../http/authenticate-caller.ts';
import { forgettingReceipt, signedReceipt } from '../personal/receipt.ts';
import { isSubject, SubjectKeys } from '../personal/subject-keys.ts';
import { subjectAddress } from '../personal/subject-object.ts';
import { subjectHistory, subjectState } from '../personal/subject-state.ts';
import { runProjections } from '../projections/run-projections.ts';
import { projectorFor } from '../projector/projector.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';

export interface SubjectAdministration {
  readonly env: LedgeEnv;
  readonly machinery: Machinery;
  readonly caller: AuthenticatedCaller;
}

const HISTORY_EVENTS = 100;

/** A subject without a key is as unknown as one that no field names. */
export async function shownSubject(
  { env, machinery, caller }: SubjectAdministration,
  subject: string,
): Promise<SubjectView | Failure> {
  const unknown: Failure = { outcome: 'unknown', what: 'subject', name: subject };
  if (!isSubject(subject)) return unknown;
  const { tenant } = caller;
  const [state, page] = await Promise.all([
    subjectState(env, tenant, subject),
    subjectHistory(env, tenant, subject, { limit: HISTORY_EVENTS }),
  ]);
  if (state.status === 'unknown') return unknown;
  const isForgotten = state.status === 'forgotten';
  const receipt = isForgotten
    ? await forgettingReceipt({ env, machinery, tenant, subject }, page.events)
    : null;
  return {
    subject,
    status: !isForgotten && state.held !== null ? 'held' : state.status,
    incarnation: state.incarnation,
    history: page.events.map(({ type, recordedAt: at, metadata, data }) => ({
      ...{ type, at, by: metadata.actor, reason: reasonOf(data) },
    })),
    receipt,
    signedReceipt: receipt && signedReceipt(env, receipt),
  };
}

/** Does one thing to a subject, and returns what it is then. */
export async function changeSubject(
  by: SubjectAdministration,
  subject: string,
  name: SubjectCommand,
  data: { readonly reason: string },
): Promise<SubjectView | Failure> {
  const before = await shownSubject(by, subject);
  if ('outcome' in before) return before;
  const { env, machinery, caller } = by;
  const { platform } = machinery;
  const address = subjectAddress(caller.tenant, subject);
  const sender = { env, platform, origin: commandOrigin(caller) };
  const failure =
    name === 'AuthorizeSubject'
      ? await authorize(by, subject, data)
      : await sendOwnCommand(sender, address, name, data);
  if (failure) return failure;
  SubjectKeys.of(machinery).forget(caller.tenant, subject);
  if (name === 'ForgetSubject') await deliverForgetting(by, subject);
  return shownSubject(by, subject);
}

/** Its object makes the key before the command is executed. */
async function authorize(
  { env, machinery, caller }: SubjectAdministration,
  subject: string,
  data: object,
): Promise<Failure | undefined> {
  if (personalSecrets(env).length === 0) return withoutSecret;
  const name: SubjectCommand = 'AuthorizeSubject';
  const idempotencyKey = machinery.platform.newId();
  const command: Command = {
    name,
    data,
    fingerprint: name,
    idempotencyKey,
    ...commandOrigin(caller),
  };
  const object = aggregateStub(env, subjectAddress(caller.tenant, subject));
  const stored = await object.subjectKey(command);
  return 'outcome' in stored ? stored : undefined;
}

const withoutSecret = wrongState(
  `Subjects have keys once the secret LEDGE_PERSONAL_KEY is set, of at least ${SECRET_CHARACTERS_MIN} characters.`,
);

/** At once, whatever the queue does; where D1 does not answer, the alarm of the object repeats it. */
async function deliverForgetting(
  { env, machinery, caller: { tenant } }: SubjectAdministration,
  subject: string,
): Promise<void> {
  const { platform } = machinery;
  const address = subjectAddress(tenant, subject);
  const stream = streamName(address);
  try {
    const version = await aggregateStub(env, address).headVersion();
    const projector = projectorFor(machinery, env, await machinery.databases.of(env, tenant));
    await runProjections(projector, [{ tenant, stream, version, events: [] }]);
  } catch (error) {
    platform.log('warn', { operation: 'subject-keys', tenant, stream, error });
  }
}

function reasonOf(data: unknown): string {
  const isReasoned = typeof data === 'object' && data !== null && 'reason' in data;
  return isReasoned && typeof data.reason === 'string' ? data.reason : '';
}
