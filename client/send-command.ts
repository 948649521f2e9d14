/** Sends one command until its outcome is known. */

import { commandPath, plain } from './addresses.ts';
import type { Outcome } from './app-types.ts';
import { ask, type ServerAccess } from './ask.ts';
import { problemOf } from './problem.ts';
import type { Reply } from './reply.ts';

/** Options of one command. */
export interface CommandOptions {
  /** Identifies this intent: the same key gets the same outcome. Left out: a new key. */
  readonly idempotencyKey?: string;
  /** 0: the stream must not exist yet. Left out: any version. */
  readonly expectedVersion?: number;
  /**
   * When the event happened in the world; left out: now. It is part of the intent: the same key with another time is a
   * `key-reused` problem.
   */
  readonly occurredAt?: Date | string;
  readonly signal?: AbortSignal;
}

/** A command with its key, so that sending it twice executes it once. */
export interface KeyedCommand {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly idempotencyKey: string;
  readonly expectedVersion?: number;
  readonly occurredAt?: string;
}

export function keyed(
  address: Pick<KeyedCommand, 'aggregate' | 'id' | 'command'>,
  data: unknown,
  { idempotencyKey, expectedVersion, occurredAt }: CommandOptions,
  newKey: () => string,
): KeyedCommand {
  return {
    ...address,
    data,
    idempotencyKey: idempotencyKey ?? newKey(),
    ...(expectedVersion !== undefined && { expectedVersion }),
    ...(occurredAt !== undefined && { occurredAt: plain(occurredAt) }),
  };
}

/** @throws LedgeProblem when the command was neither accepted nor rejected */
export async function sendCommand(
  server: ServerAccess,
  command: KeyedCommand,
  signal: AbortSignal | undefined,
): Promise<Outcome<unknown, string>> {
  const { aggregate, id, command: name, data } = command;
  const question = {
    method: 'POST',
    path: commandPath(aggregate, id, name),
    headers: { 'content-type': 'application/json', ...optionHeaders(command) },
    body: JSON.stringify(data),
  } as const;
  return outcomeOf(await ask(server, question, signal));
}

function optionHeaders({ idempotencyKey, expectedVersion, occurredAt }: KeyedCommand) {
  return {
    'idempotency-key': idempotencyKey,
    ...(occurredAt !== undefined && { 'occurred-at': occurredAt }),
    ...(expectedVersion !== undefined && expectation(expectedVersion)),
  };
}

function expectation(version: number): Record<string, string> {
  return version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
}

/** A rejection is returned as a problem; for the caller of a command it is an outcome like any other. */
function outcomeOf(reply: Reply): Outcome<unknown, string> {
  // A response with status 200 is an accepted outcome.
  if (reply.status === 200) return reply.body as Outcome<unknown, string>;
  const error = problemOf(reply);
  const {
    kind,
    type: _type,
    title: _title,
    status: _status,
    detail: _detail,
    ...members
  } = error.problem;
  if (kind !== 'rejected' && kind !== 'conflict') throw error;
  // The members of the problem are those of the outcome.
  return { outcome: kind, ...members } as Outcome<unknown, string>;
}
