/** A command on its way to its aggregate: checked against its schema, with all that is known about its sender. */
export interface Command {
  readonly name: string;
  readonly data: unknown;
  /** Same key, same outcome, as long as the stream lives. Without one there is no protection against a repeat. */
  readonly idempotencyKey?: string;
  /** Of the name, the data as it was sent and `occurredAt`; tells a repeat from a reuse of the key. */
  readonly fingerprint: string;
  /** 0: the stream must not exist yet. Left out: whatever the latest state is. */
  readonly expectedVersion?: number;
  /** The stream must not exist yet, whatever `expectedVersion` says beside that (RFC 9110, 13.2.2). */
  readonly isNew?: true;
  /** When the fact happened in the world (ISO 8601, UTC); left out: when it is recorded. */
  readonly occurredAt?: string;
  readonly actor: string;
  readonly causationId?: string;
  readonly correlationId?: string;
  readonly traceparent?: string;
  /** How many reactions it is away from the command of a caller; left out: none. */
  readonly hops?: number;
}

/** Keys that begin with this belong to the machinery; callers cannot send them. */
export const MACHINERY_KEY_PREFIX = 'ledge:';

const IDEMPOTENCY_KEY = /^[A-Za-z0-9._~:+=-]{1,128}$/;

export const IDEMPOTENCY_KEY_RULE = `1 to 128 of the characters A-Z a-z 0-9 . _ ~ : + = -, not beginning with ${MACHINERY_KEY_PREFIX}`;

/** Whether a caller may send this key. */
export function isCallersKey(key: string): boolean {
  return IDEMPOTENCY_KEY.test(key) && !key.startsWith(MACHINERY_KEY_PREFIX);
}
