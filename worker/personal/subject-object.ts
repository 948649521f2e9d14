/** The object of a subject, which alone makes its key. */
import type { Command } from '../../core/aggregate/command.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { type SubjectCommand, subject } from '../../core/personal/subject.ts';
import type { StoredSubjectKey } from '../../durable-objects/index.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';

export function subjectAddress(tenant: string, id: string): StreamAddress {
  return { tenant, aggregate: subject.name, id };
}

/** Its key now; undefined where it never had one. */
export function readSubjectKey(
  env: LedgeEnv,
  address: StreamAddress,
): Promise<StoredSubjectKey | Failure | undefined> {
  return aggregateStub(env, address).subjectKey();
}

/** Its key now, made where it has none yet. */
export function registeredSubjectKey(
  env: LedgeEnv,
  address: StreamAddress,
): Promise<StoredSubjectKey | Failure> {
  return aggregateStub(env, address).subjectKey(register);
}

/** Without an idempotency key: a repeat decides nothing, and stores nothing. */
const register: Command = {
  name: 'RegisterSubject' satisfies SubjectCommand,
  data: {},
  fingerprint: 'RegisterSubject',
  actor: 'ledge:personal',
};
