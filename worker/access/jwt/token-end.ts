/** Whether a token's claims are for this deployment and this time. Pure. */
import * as z from 'zod';
import type { RefusalReason } from '../../../core/aggregate/outcome.ts';
import type { Issuer, TokenClaims } from '../../runtime/issuer.ts';

/** Ours: by how much an issuer's clock may be ahead. */
const TOLERANCE_MS = 30_000;

/** RFC 7519: in seconds, fractions included. A number beyond it is no time. */
const seconds = z.number().min(0).max(1e11);

const judged = z.object({
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: seconds,
  nbf: seconds.optional(),
  iat: seconds.optional(),
});

/** When the token ends, or why it is refused. */
export function endOfToken(
  { audiences, lifetimeMsMax }: Issuer,
  claims: TokenClaims,
  nowMs: number,
): { readonly endsAtMs: number } | RefusalReason {
  const { data } = judged.safeParse(claims);
  if (!data || ![data.aud].flat().some((audience) => audiences.includes(audience)))
    return 'invalid';
  const endsAtMs = data.exp * 1_000;
  const beginsAtMs = Math.max(data.nbf ?? 0, data.iat ?? 0) * 1_000;
  if (beginsAtMs > nowMs + TOLERANCE_MS) return 'not-valid-yet';
  if (endsAtMs <= nowMs) return 'expired';
  // Without `iat` the rest of its time counts.
  const issuedAtMs = data.iat === undefined ? nowMs : data.iat * 1_000;
  return endsAtMs - issuedAtMs > lifetimeMsMax ? 'invalid' : { endsAtMs };
}
