/** Answers as JSON with their entity tag (RFC 9110), so that a client that has the answer already is not sent it again. */
import { digest } from '../../durable-objects/digest.ts';

interface Tagging {
  readonly headers?: Readonly<Record<string, string>>;
  /** What the tag says; left out, it is made of the answer's bytes. */
  readonly version?: number;
  /** False: other answers have the same version, and the tag says both. */
  readonly isVersionAll?: boolean;
}

/** 304 without a body when the caller's `If-None-Match` holds the tag. */
export function taggedJson(
  request: Request,
  answer: unknown,
  { headers = {}, version, isVersionAll = true }: Tagging = {},
): Response {
  return taggedAnswer(request, tagged(answer, version, isVersionAll), headers);
}

/** An answer as its bytes, with their tag: for those that are the same for every caller, made once. */
export interface TaggedJson {
  readonly body: string;
  readonly etag: string;
}

export function tagged(answer: unknown, version?: number, isVersionAll = true): TaggedJson {
  const body = JSON.stringify(answer);
  const tag = isVersionAll ? (version ?? digest(body)) : `${version}-${digest(body)}`;
  return { body, etag: `"${tag}"` };
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
  return new Response(body, { headers: { 'content-type': 'application/json', ...all } });
}

/** Compared weakly: what lies between may have compressed the answer, and marked the tag. */
function isKnown(ifNoneMatch: string, etag: string): boolean {
  const known = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
