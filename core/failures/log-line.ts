/**
 * The lines of the log: a closed set of fields, which hold names of the code, numbers and names of the platform. What a
 * caller can choose has a field of its own, and its text is not written: `written-line.ts` in the Worker hashes ids and
 * describes errors without their messages.
 */
import type { AlertName, AlertState, AlertText } from './alerts.ts';
import type { PlatformErrorKind } from './platform-error.ts';

export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, line: LogLine) => void;

/** The step that writes the line. */
export type LoggedOperation =
  | 'access-rule'
  | 'action'
  | 'alarm'
  | 'alert'
  | 'authenticate'
  | 'backlog'
  | 'build'
  | 'command'
  | 'confirm'
  | 'consistent-with'
  | 'consume'
  | 'consume-dead'
  | 'dismiss-sockets'
  | 'execute'
  | 'feed'
  | 'fetch-issuer-keys'
  | 'fold'
  | 'follow-saga'
  | 'forget-watch'
  | 'group'
  | 'health'
  | 'http'
  | 'inbound'
  | 'incident'
  | 'journal'
  | 'live-query'
  | 'notify-live'
  | 'open-personal'
  | 'operations'
  | 'park'
  | 'pause'
  | 'projection'
  | 'query'
  | 'quota'
  | 'rate-limit'
  | 'recover'
  | 'read-issuer-keys'
  | 'read-stream'
  | 'read-tenant'
  | 'erase-stream'
  | 'relay'
  | 'restore'
  | 'saga-start-after-end'
  | 'schedule'
  | 'spend'
  | 'subject-keys'
  | 'subscription'
  | 'sweep'
  | 'timer'
  | 'upkeep'
  | 'wait';

/** What the code itself says. A text with a value in it would be no member. */
export type LogNote =
  | 'a position of the journal is missing'
  | 'a position of a publication is missing'
  | 'a message has an event that neither log nor journal has'
  | 'log and journal have diverged'
  | 'newer code has written this object: deploy that code again'
  | 'a binding of a rate limit is missing: what it would count is not limited'
  | 'a secret of an inbound is missing, or is none: its messages are refused'
  | 'a tenant has used more than three times its median of the days before'
  | 'not a relay message'
  | 'the principal of authenticate is malformed'
  | 'of a tenant that is not provisioned'
  | 'the queue gave up'
  | 'the object is whole again'
  | 'the object was restored';

export interface LogLine {
  readonly operation: LoggedOperation;
  readonly note?: LogNote;

  // Named by a credential, which the deployment issued or trusts.
  readonly tenant?: string | undefined;
  /** An actor. Written as the beginning of its SHA-256. */
  readonly principal?: string | undefined;

  // Chosen by callers and by domain code. Written as the beginning of a SHA-256, behind the name of the aggregate.
  readonly stream?: string | undefined;
  readonly source?: string;
  readonly timer?: string;

  // Names of the code.
  /** What an operator did, or the schedule's step. */
  readonly action?: string;
  /** Of an action of the app. */
  readonly actionName?: string;
  readonly command?: string;
  readonly type?: string;
  readonly projection?: string;
  readonly generation?: string;
  readonly query?: string;
  readonly inbound?: string;
  readonly schedule?: string;
  /** A route's pattern, `/v1/queries/:name`. */
  readonly route?: string;
  readonly method?: string;
  /** As the app declares it. */
  readonly issuer?: string;
  readonly members?: readonly string[];
  readonly outcome?: string;
  readonly aggregate?: string;
  readonly database?: string;
  readonly queue?: string;

  // An alert, with figures among the numbers.
  readonly alert?: AlertName;
  readonly state?: AlertState;
  readonly cause?: AlertText;
  readonly remedy?: AlertText;

  // Numbers, and names of the platform.
  readonly status?: number;
  readonly durationMs?: number;
  readonly attempt?: number;
  readonly version?: number | undefined;
  readonly shard?: number | undefined;
  readonly incidents?: number;
  readonly parked?: number;
  readonly percent?: number;
  readonly daysLeft?: number;
  readonly events?: number;
  readonly seconds?: number;
  readonly messages?: number;
  readonly epoch?: number;
  readonly revision?: number;
  readonly common?: number;
  readonly after?: number;
  readonly upTo?: number;
  readonly isForeign?: boolean;
  /** The queue's id of a message. */
  readonly message?: string;
  readonly kind?:
    | PlatformErrorKind
    | 'delivery'
    | 'restored'
    | 'subscription'
    | 'schedule'
    | 'group'
    | 'timer'
    | 'action';

  /** What was thrown. Written as its name, its kind, the platform's words and the places of its stack. */
  readonly error?: unknown;
}
