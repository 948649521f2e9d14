/**
 * Puts a failure of the platform into two sentences for an operator: the cause, with the platform's own words, and the
 * remedy.
 */

import { commandText } from '../package-name.ts';
import { errorText } from './error-text.ts';
import { missingTableOf, type PlatformErrorKind, platformErrorKind } from './platform-error.ts';

export interface Explanation {
  readonly cause: string;
  readonly remedy: string;
}

/** Our limit: the platform's messages are short, and an incident is one line. */
const WORDS_CHARACTERS_MAX = 300;

const MIGRATE = `run \`${commandText('migrations')}\` and apply them`;

const RETRIED = 'Nothing is lost, and delivery is retried by itself';

/** The explanation of each kind of failure. `bug` and the kinds that no delivery ends with get the general one. */
const EXPLANATIONS: Partial<
  Record<PlatformErrorKind, { cause: (words: string) => string; remedy: string }>
> = {
  schema: {
    cause: (words) => `A table in D1 has other columns than the code: ${words}.`,
    remedy: `Columns differ: ${MIGRATE}; a projection with changed columns needs a new version.`,
  },
  full: {
    cause: (words) => `D1 is full: ${words}.`,
    remedy:
      'Make room: drop versions of projections that are no longer needed, or move to a larger database. Events stay in their objects and are delivered once there is room.',
  },
  overloaded: {
    cause: (words) => `D1 or an object is overloaded: ${words}.`,
    remedy: `${RETRIED}. If it lasts, send fewer commands and see D1's metrics for slow queries.`,
  },
  'unknown-format': {
    cause: (words) => `The running code does not know what is stored: ${words}.`,
    remedy: `Deploy the newer code again; where the code is the newer one, ${MIGRATE}. Nothing is lost: events stay in their objects and are delivered by themselves afterwards.`,
  },
  misplaced: {
    cause: (words) => `${words}.`,
    remedy:
      'Bind each database under the name that it had when its tenants were provisioned, with the same jurisdiction: docs/databases.md. Nothing is lost: events stay in their objects and are delivered by themselves afterwards.',
  },
  unreachable: {
    cause: (words) => `A part of the platform did not answer: ${words}.`,
    remedy: `${RETRIED}. If it lasts, see the platform's status page and the log.`,
  },
};

/** Failures that only their text identifies. */
const BY_TEXT: readonly { pattern: RegExp; cause: (words: string) => string; remedy: string }[] = [
  {
    pattern: /Serialized RPC arguments or return values are limited/,
    cause: (words) => `A page of the stream is too large to be read from its object: ${words}.`,
    remedy: 'Deploy a version that reads shorter pages; the events stay in their object.',
  },
  {
    pattern: /Aggregate \S+ is not in the app/,
    cause: (words) => `The running code does not define the stream's aggregate: ${words}.`,
    remedy: 'Deploy code that defines the aggregate.',
  },
];

/** @example explainFailure(new Error('D1_ERROR: no such table: journal')).cause // 'Table journal is missing in D1.' */
export function explainFailure(error: unknown): Explanation {
  const words = wordsOf(error);
  const table = missingTableOf(error);
  if (table !== undefined) {
    return {
      cause: `Table ${table} is missing in D1.`,
      remedy: `Table missing: ${MIGRATE} (\`npx wrangler d1 migrations apply DB\`); events are delivered by themselves afterwards.`,
    };
  }
  const known =
    BY_TEXT.find(({ pattern }) => pattern.test(words)) ?? EXPLANATIONS[platformErrorKind(error)];
  if (known) return { cause: known.cause(words), remedy: known.remedy };
  return {
    cause: `Delivery failed: ${words}.`,
    remedy: `${RETRIED}. If it lasts, see the log around the time of the report.`,
  };
}

function wordsOf(error: unknown): string {
  const line = errorText(error).replaceAll(/\s+/g, ' ').replace(/\.$/, '').trim();
  return line.length > WORDS_CHARACTERS_MAX ? `${line.slice(0, WORDS_CHARACTERS_MAX - 1)}…` : line;
}
