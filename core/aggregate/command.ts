/** A command for an aggregate: validated by its schema, with its key, its preconditions and its origin. */
import type { CommandAuthorization } from './authorization.ts';
import type { Failure } from './outcome.ts';

export interface Command {
  readonly name: string;
  readonly data: unknown;
  /** The same key gets the same outcome for the lifetime of the stream. Without a key a repeat is executed again. */
  readonly idempotencyKey?: string;
  /** A digest of the name, the data as sent and `occurredAt`: distinguishes a repeat from a reuse of the key. */
  readonly fingerprint: string;
  /** 0: the stream must not exist yet. Left out: any version. */
  readonly expectedVersion?: number;
  /** The stream must not exist yet; takes precedence over `expectedVersion` (RFC 9110, 13.2.2). */
  readonly isNew?: true;
  /** The outcome where the stream does not exist: its caller may begin no more of them. */
  readonly insteadOfBeginning?: Failure;
  /** When the fact happened in the world (ISO 8601, UTC); left out: when it is recorded. */
  readonly occurredAt?: string;
  readonly actor: string;
  /** What authenticated the caller, for the metadata of the events. It is not part of the fingerprint. */
  readonly credential?: string;
  readonly causationId?: string;
  readonly correlationId?: string;
  readonly traceparent?: string;
  /** The number of reactions between it and the caller's command; left out: none. */
  readonly hops?: number;
  /** Left out: everything is granted. */
  readonly authorization?: CommandAuthorization;
  /** It records an event of another system: `name` is its type, `data` its data, and `decide` is not asked. */
  readonly imports?: ImportedEvent;
}

/** What an imported event has beside a command's fields. */
export interface ImportedEvent {
  /** Of its data: a version that the code defines. */
  readonly schemaVersion: number;
  readonly sourceId?: string;
}

/** The key of an imported event, by its version in the stream. No caller can send it: it has a slash. */
export function importKey(version: number): string {
  return `import/${version}`;
}

/** Keys with this prefix are reserved for the runtime; callers cannot send them. */
export const MACHINERY_KEY_PREFIX = 'ledge:';

const IDEMPOTENCY_KEY = /^[A-Za-z0-9._~:+=-]{1,128}$/;

export const IDEMPOTENCY_KEY_RULE = `1 to 128 of the characters A-Z a-z 0-9 . _ ~ : + = -, not beginning with ${MACHINERY_KEY_PREFIX}`;

/** Whether a caller may send this key. */
export function isCallersKey(key: string): boolean {
  return IDEMPOTENCY_KEY.test(key) && !key.startsWith(MACHINERY_KEY_PREFIX);
}
