/**
 * Asks an issuer for its public keys: at the configured address, or at the one that its discovery document names. Never at
 * an address from a token, and never where a redirect leads.
 */
import * as z from 'zod';
import { withDeadline } from '../../../durable-objects/with-deadline.ts';
import type { Issuer } from '../../runtime/issuer.ts';
import type { Platform } from '../../runtime/platform.ts';
import { isHttps } from '../declared-issuer.ts';
import { keySetText } from './key-set.ts';

/** Ours, for both documents together. */
const FETCH_MS_MAX = 5_000;

/** Ours, in bytes. Key sets of large issuers take some 5 kB. */
const DOCUMENT_BYTES_MAX = 65_536;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string().refine(isHttps) });

/** @throws an error that names what the issuer did */
export function fetchKeySet(fetch: Platform['fetch'], issuer: Issuer): Promise<string> {
  const giveUp = AbortSignal.timeout(FETCH_MS_MAX);
  const asked = keySetOf(fetch, issuer, giveUp);
  return withDeadline(asked, FETCH_MS_MAX, `No answer within ${FETCH_MS_MAX} ms.`);
}

async function keySetOf(
  fetch: Platform['fetch'],
  { issuer, keysAt }: Issuer,
  signal: AbortSignal,
): Promise<string> {
  const read = (url: string) => readJson(fetch, url, signal);
  if ('jwks' in keysAt) return checkedKeySet(await read(keysAt.jwks));
  const { data } = discovery.safeParse(await read(keysAt.discovery));
  if (data?.issuer !== issuer) throw new Error('Its discovery document is not its own.');
  return checkedKeySet(await read(data.jwks_uri));
}

function checkedKeySet(document: unknown): string {
  const text = keySetText(document);
  if (text === undefined) throw new Error('What it answered is no key set.');
  return text;
}

async function readJson(
  fetch: Platform['fetch'],
  url: string,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { accept: 'application/json' };
  const response = await fetch(url, { headers, signal, redirect: 'manual', cache: 'no-store' });
  if (response.status === 200) return JSON.parse(await textOf(response));
  await response.body?.cancel();
  throw new Error(`It answered with status ${response.status}.`);
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > DOCUMENT_BYTES_MAX)
      throw new Error(`It answered with more than ${DOCUMENT_BYTES_MAX} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
