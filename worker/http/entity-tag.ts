/** Answers as JSON with their entity tag (RFC 9110), so that who has the answer already is not sent it again. */
import { createHash } from 'node:crypto';

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
  const body = JSON.stringify(answer);
  const etag = `"${version ?? digest(body)}"`;
  const tagged = { ...headers, etag };
  if (isKnown(request.headers.get('if-none-match') ?? '', etag)) {
    return new Response(null, { status: 304, headers: tagged });
  }
  return new Response(body, { headers: { ...tagged, 'content-type': 'application/json' } });
}

function digest(body: string): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 22);
}

/** Compared weakly: what lies between may have compressed the answer, and marked the tag. */
function isKnown(ifNoneMatch: string, etag: string): boolean {
  const known = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
