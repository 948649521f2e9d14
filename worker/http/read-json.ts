/**
 * Reads JSON that a stranger sent. The order of the guards matters: time and size while it streams, UTF-8 without
 * repair, then the scan for depth (two megabytes of brackets cost half a second in JSON.parse) and for what parsing
 * would lose, and only then JSON.parse.
 */

import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { scanJson } from '../../core/values/scan-json.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** Ours. The platform would take 100 MB and hold it in 128 MB of memory. */
export const BODY_BYTES_MAX = 1_048_576;

/** Ours. The platform waits as long as its caller does, and what has come so far waits in memory. */
export const BODY_WITHIN_MS = 60_000;

const DEPTH_MAX = 64;

/** What was read, or why it was not. In a member of its own: a caller's JSON may have a member `outcome`. */
export type Read<Value> = { readonly value: Value } | Failure;

export async function readJson(
  request: Request,
  bytesMax = BODY_BYTES_MAX,
): Promise<Read<unknown>> {
  const bytes = await readBody(request, bytesMax);
  return 'outcome' in bytes ? bytes : parseJson(bytes.value);
}

/** The bytes as they were sent, which is what a signature is of. */
export function readBody(request: Request, bytesMax = BODY_BYTES_MAX): Promise<Read<Uint8Array>> {
  return inTime(readBytes(request, bytesMax));
}

/** The same guards for what is no JSON. */
export async function readText(request: Request, bytesMax: number): Promise<Read<string>> {
  const bytes = await readBody(request, bytesMax);
  if ('outcome' in bytes) return bytes;
  const text = decodeUtf8(bytes.value);
  return text === undefined ? notUtf8 : { value: text };
}

/** The failure when the body is not said to be the expected type, or is compressed. */
export function wrongMediaType(request: Request, ...types: readonly string[]): Failure | undefined {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (types.includes(type) && encoding === 'identity') return undefined;
  return { outcome: 'unsupported-media-type', expected: types.join(' or ') };
}

function tooLarge(limitBytes: number): Failure {
  return { outcome: 'too-large', limitBytes };
}

/**
 * Over HTTP no body is longer than it says, so it is taken at once. (A Worker of yours that calls this one can say
 * less: what came is measured, and refused, when it has come.) One that does not say is counted as it comes.
 */
async function readBytes(request: Request, limitBytes: number): Promise<Read<Uint8Array>> {
  const saidBytes = Number(request.headers.get('content-length') ?? NaN);
  if (saidBytes > limitBytes) {
    await request.body?.cancel();
    return tooLarge(limitBytes);
  }
  if (Number.isNaN(saidBytes)) return countBytes(request.body, limitBytes);
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.byteLength > limitBytes ? tooLarge(limitBytes) : { value: bytes };
}

async function countBytes(
  body: ReadableStream<Uint8Array> | null,
  limitBytes: number,
): Promise<Read<Uint8Array>> {
  const bytes = new GrowingBytes();
  for await (const chunk of body ?? []) {
    bytes.push(chunk);
    if (bytes.size > limitBytes) return tooLarge(limitBytes);
  }
  return { value: bytes.take() };
}

/** A caller who stops halfway, or sends a byte a minute, has not sent a request: RFC 9112, section 8. */
async function inTime(bytes: Promise<Read<Uint8Array>>): Promise<Read<Uint8Array>> {
  const text = `The body did not arrive whole within ${BODY_WITHIN_MS / 1_000} seconds.`;
  try {
    return await withDeadline(bytes, BODY_WITHIN_MS, text);
  } catch {
    return invalid('', text);
  }
}

export function parseJson(bytes: Uint8Array): Read<unknown> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return notUtf8;
  const lost = scanJson(text, DEPTH_MAX);
  if (lost !== undefined) return invalid('', lost);
  try {
    return { value: JSON.parse(text) };
  } catch {
    return invalid('', 'The body is not valid JSON.');
  }
}

const notUtf8 = invalid('', 'The body is not valid UTF-8.');

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
