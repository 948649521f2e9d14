/** Answers as JSON with their entity tag (RFC 9110), so that a client that has the answer already is not sent it again. */
import { digest } from '../../durable-objects/digest.ts';

interface Tagging {
  readonly headers?: Readonly<Record<string, string>>;
  /** What the tag says; left out, it is made of the answer's bytes. */
  readonly version?: number;
}

/** 304 without a body when the caller's `If-None-Match` holds the tag. */
export function taggedJson(
  request: Request,
  answer: unknown,
  { headers = {}, version }: Tagging = {},
): Response {
  return taggedAnswer(request, tagged(answer, version), headers);
}

/** An answer as its bytes, with their tag: for those that are the same for every caller, made once. */
export interface TaggedJson {
  readonly body: string;
  readonly etag: string;
}

export function tagged(answer: unknown, version?: number): TaggedJson {
  const body = JSON.stringify(answer);
  return { body, etag: `"${version ?? digest(body)}"` };
}

export function taggedAnswer(
  request: Request,
  { body, etag }: TaggedJson,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = { ...headers, etag };
  if (isKnown(request.headers.get('if-none-match') ?? '', etag)) {
    return new Response(null, { status: 304, headers: all });
  }
  return new Response(body, { headers: { ...all, 'content-type': 'application/json' } });
}

/** Compared weakly: what lies between may have compressed the answer, and marked the tag. */
function isKnown(ifNoneMatch: string, etag: string): boolean {
  const known = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
