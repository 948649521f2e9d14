/** An inbound as the runtime handles it: what another system sends, and the commands that follow from it. */

import type * as z from 'zod';
import type { Reaction } from '../process/reactor.ts';
import type { SentCommands } from '../process/sent-commands.ts';
import type { Verification } from './verification.ts';

/** A message from which nothing follows. */
export interface IgnoredMessage {
  readonly kind: 'ignored';
  readonly reason: string;
}

/** A mapping from the messages of another system to commands. */
export interface Inbound {
  readonly kind: 'inbound';
  readonly name: string;
  readonly verify: Verification;
  /** Whose data a signed message changes. Left out: that of callers without a credential. */
  readonly tenant?: string;
  readonly input: z.ZodType;
  /** What it declares to send; left out: nothing is known. */
  readonly sends?: SentCommands;
  /** Of a message that `input` has read. @throws what its function throws; TypeError for no text */
  key(message: unknown): string;
  /** @throws what its function throws; TypeError for neither commands nor `ignore(…)` */
  map(message: unknown): readonly Reaction[] | IgnoredMessage;
}

/**
 * Returned for a message from which nothing follows; the sender is answered the reason.
 *
 * @example on: ({ status }) => (status === 'scanned' ? ignore('not ours') : …)
 */
export function ignore(reason: string): IgnoredMessage {
  return { kind: 'ignored', reason };
}

export function isIgnored(mapped: readonly Reaction[] | IgnoredMessage): mapped is IgnoredMessage {
  return 'kind' in mapped;
}

/** No identifier has the colon, so that dead letters of an inbound are never those of a projection. */
const GENERATION_PREFIX = 'inbound:';
const AFTER_PREFIX = 'inbound;';

/** Whose a dead letter of an inbound is: what `--projection inbound:carrier` names, in its one version. */
export function inboundGeneration(name: string): string {
  return `${GENERATION_PREFIX}${name}@1`;
}

/** Whether dead letters are filtered by an inbound: `inbound:carrier`. */
export function namesInbound(filter: string): boolean {
  return filter.startsWith(GENERATION_PREFIX);
}

/** The name of the inbound; undefined for a generation of a projection. */
export function inboundNamed(generation: string): string | undefined {
  if (!namesInbound(generation)) return undefined;
  return generation.slice(GENERATION_PREFIX.length, generation.lastIndexOf('@'));
}

/** Whether a dead letter is one of an inbound. An index can answer it. */
export function isInboundSql(generation: string): string {
  return `(${generation} >= '${GENERATION_PREFIX}' AND ${generation} < '${AFTER_PREFIX}')`;
}
