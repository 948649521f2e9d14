/** How an inbound knows that a request is from the system that it expects: a signature, or a credential of Ledge. */

/**
 * A signature as standardwebhooks.com specifies it: over the id, the time and the body, so that neither can be replaced
 * and nothing is accepted that is older than five minutes.
 */
export interface StandardWebhookSignature {
  readonly kind: 'standard-webhook';
  /** The name of the Worker's secret. */
  readonly secret: string;
}

/** An HMAC over the body, in a header of the sender's. */
export interface BodySignature {
  readonly kind: 'hmac';
  /** The name of the Worker's secret. */
  readonly secret: string;
  readonly header: string;
  readonly algorithm: HmacAlgorithm;
  readonly encoding: SignatureEncoding;
  /** What the header has in front of the signature. */
  readonly prefix: string;
}

/** The hash of an HMAC over the body. */
export type HmacAlgorithm = 'SHA-256' | 'SHA-384' | 'SHA-512';
/** How a signature is written in its header. */
export type SignatureEncoding = 'hex' | 'base64';

export type InboundSignature = StandardWebhookSignature | BodySignature;

/** A caller with the grant of the inbound. */
export interface CallersCredential {
  readonly kind: 'credential';
}

/** How an inbound knows its sender: a signature, or the credential of a caller. */
export type Verification = InboundSignature | CallersCredential;

/**
 * Requests are signed by Standard Webhooks. `secret` names a secret of the Worker: `whsec_…`, or several with spaces
 * between them while the sender changes its secret.
 *
 * @example standardWebhook('CARRIER_SECRET')
 */
export function standardWebhook(secret: string): StandardWebhookSignature {
  return { kind: 'standard-webhook', secret };
}

/**
 * Requests have an HMAC of their body in a header. `secret` names a secret of the Worker: a text of at least 16
 * characters without spaces, or several with spaces between them. Nothing in such a signature says how old it is: a request that is
 * sent again is recognised by the key of its message alone.
 *
 * @example hmac({ header: 'X-Hub-Signature-256', algorithm: 'SHA-256', secret: 'GITHUB_SECRET', encoding: 'hex', prefix: 'sha256=' })
 */
export function hmac({
  prefix = '',
  ...given
}: Omit<BodySignature, 'kind' | 'prefix'> & { readonly prefix?: string }): BodySignature {
  return { kind: 'hmac', prefix, ...given };
}

/**
 * Requests come from a caller of the deployment that a role grants the inbound: `inbound: ['carrier']`.
 *
 * @example defineInbound({ …, verify: credential() })
 */
export function credential(): CallersCredential {
  return { kind: 'credential' };
}
