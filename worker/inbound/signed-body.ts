/** Whether a body has one of the signatures that an inbound accepts. Compared by WebCrypto, in constant time. */
import type {
  BodySignature,
  HmacAlgorithm,
  InboundSignature,
  SignatureEncoding,
} from '../../core/inbound/verification.ts';

/** As Standard Webhooks have it, in both directions. */
export const SIGNED_WITHIN_MS = 300_000;

/** Ours: a sender that changes its secret sends two. */
const SIGNATURES_MAX = 4;

export interface SignedRequest {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export async function isSigned(
  verify: InboundSignature,
  secrets: readonly Uint8Array[],
  request: SignedRequest,
  nowMs: number,
): Promise<boolean> {
  const signed = verify.kind === 'hmac' ? ofBody(verify, request) : ofWebhook(request, nowMs);
  if (!signed) return false;
  const { algorithm, signatures, content } = signed;
  for (const secret of secrets) {
    const hmac = { name: 'HMAC', hash: algorithm };
    const key = await crypto.subtle.importKey('raw', secret, hmac, false, ['verify']);
    for (const signature of signatures) {
      if (await crypto.subtle.verify('HMAC', key, signature, content)) return true;
    }
  }
  return false;
}

interface SignedContent {
  readonly algorithm: HmacAlgorithm;
  readonly signatures: readonly Uint8Array[];
  readonly content: Uint8Array;
}

const utf8 = new TextEncoder();

/** Undefined for headers that are missing, and for a time that is not now. */
function ofWebhook({ headers, body }: SignedRequest, nowMs: number): SignedContent | undefined {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return undefined;
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > SIGNED_WITHIN_MS) return undefined;
  const listed = (headers.get('webhook-signature') ?? '').split(' ');
  const texts = listed.filter((text) => text.startsWith('v1,')).slice(0, SIGNATURES_MAX);
  return {
    algorithm: 'SHA-256',
    signatures: texts.map((text) => decoded(text.slice('v1,'.length), 'base64')),
    content: Buffer.concat([utf8.encode(`${id}.${timestamp}.`), body]),
  };
}

function ofBody(
  { header, algorithm, encoding, prefix }: BodySignature,
  { headers, body }: SignedRequest,
): SignedContent | undefined {
  const text = headers.get(header);
  if (text === null || !text.startsWith(prefix)) return undefined;
  const signatures = [decoded(text.slice(prefix.length), encoding)];
  return { algorithm, signatures, content: body };
}

/** What is no such text is a signature of another length, which verifies nothing. */
function decoded(text: string, encoding: SignatureEncoding): Uint8Array {
  return Buffer.from(text, encoding);
}
