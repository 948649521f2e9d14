/**
 * Puts a failure of the platform into two sentences for an operator: the cause, with the platform's own words, and the
 * remedy. D1 and objects give their errors no code, so the text decides.
 */

export interface Explanation {
  readonly cause: string;
  readonly remedy: string;
}

/** A platform's message is short. Ours, so that an incident stays a line. */
const WORDS_CHARACTERS_MAX = 300;

const MIGRATE = 'run `npm run migrations` and apply them';

const RETRIED = 'Nothing is lost, and delivery is retried by itself';

interface Kind {
  readonly pattern: RegExp;
  readonly cause: (found: readonly string[], words: string) => string;
  readonly remedy: string;
}

const kinds: readonly Kind[] = [
  {
    pattern: /no such table: ("?)(?:\w+\.)?([^\s":]+)/,
    cause: ([, , table = '']) => `Table ${table} is missing in D1.`,
    remedy: `Table missing: ${MIGRATE} (\`npx wrangler d1 migrations apply DB\`); events are delivered by themselves afterwards.`,
  },
  {
    pattern: /no such column|has no column named/,
    cause: (_found, words) => `A table in D1 has other columns than the code: ${words}.`,
    remedy: `Columns differ: ${MIGRATE}; a projection with changed columns needs a new version.`,
  },
  {
    pattern: /SQLITE_FULL|database or disk is full|maximum (DB|database) size/i,
    cause: (_found, words) => `D1 is full: ${words}.`,
    remedy:
      'Make room: drop versions of projections that are no longer needed, or move to a larger database. Events stay in their objects and are delivered once there is room.',
  },
  {
    pattern: /overloaded|too many requests|queued for too long|exceeded its CPU|timed? ?out/i,
    cause: (_found, words) => `D1 or an object is overloaded: ${words}.`,
    remedy: `${RETRIED}. If it lasts, send fewer commands and see D1's metrics for slow queries.`,
  },
  {
    pattern: /Serialized RPC arguments or return values are limited/,
    cause: (_found, words) =>
      `A page of the stream is too large to be read from its object: ${words}.`,
    remedy: 'Deploy a version that reads shorter pages; the events stay in their object.',
  },
  {
    pattern: /Aggregate \S+ is not in the app/,
    cause: (_found, words) => `The running code does not define the stream's aggregate: ${words}.`,
    remedy: 'Deploy code that defines the aggregate.',
  },
];

/** @example explainFailure(new Error('D1_ERROR: no such table: journal')).cause // 'Table journal is missing in D1.' */
export function explainFailure(error: unknown): Explanation {
  const words = wordsOf(error);
  for (const { pattern, cause, remedy } of kinds) {
    const found = pattern.exec(words);
    if (found) return { cause: cause(found, words), remedy };
  }
  return {
    cause: `${words}.`,
    remedy: `${RETRIED}. If it lasts, see the log around that time.`,
  };
}

/** The table that D1 did not find. Undefined for any other failure. */
export function missingTableOf(error: unknown): string | undefined {
  return /no such table: "?(?:main\.)?([^\s":]+)/.exec(String(error))?.[1];
}

/** Whether D1's tables are not as the code names them. */
export function isSchemaMismatch(error: unknown): boolean {
  return /no such (table|column)|has no column named/.test(String(error));
}

function wordsOf(error: unknown): string {
  const line = String(error).replaceAll(/\s+/g, ' ').replace(/\.$/, '').trim();
  return line.length > WORDS_CHARACTERS_MAX ? `${line.slice(0, WORDS_CHARACTERS_MAX - 1)}…` : line;
}
