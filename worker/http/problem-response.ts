/** Turns failures into responses: the only place where a status code is chosen. */
import type { Failure, RefusalReason } from '../../core/aggregate/outcome.ts';
import { toProblem } from '../../core/protocol/problem.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

/** `basePath`: under which the API is served, and its pages about problems with it. */
export function problemResponse(failure: Failure, basePath: string): Response {
  const problem = toProblem(failure, basePath);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...headersOf(failure) },
  });
}

function headersOf(failure: Failure): Record<string, string> {
  switch (failure.outcome) {
    case 'unauthorized':
      return { 'www-authenticate': challenge(failure.why) };
    case 'method-not-allowed':
      return { allow: failure.allowed.join(', ') };
    case 'unavailable':
      return { 'retry-after': String(failure.retryAfterSeconds) };
    case 'too-many-requests':
      return rateLimitHeaders(failure);
    case 'upgrade-required':
      return { upgrade: 'websocket', connection: 'upgrade' };
    case 'rejected':
      return failure.replayed ? { 'idempotency-replayed': 'true' } : {};
    default:
      return {};
  }
}

/** RFC 6750, section 3: a request without a credential gets no error code. */
function challenge(why: RefusalReason): string {
  const realm = 'Bearer realm="ledge"';
  return why === 'missing' ? realm : `${realm}, error="invalid_token", error_description="${why}"`;
}
