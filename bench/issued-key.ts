/** The API key with which a deployed side is loaded. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { keyText } from '../core/access/key-text.ts';

const ADMIN_KEY = keyText(new Uint8Array(40).fill(7));

/** What `ledge access init` makes for a deployment. */
export const accessSecrets = {
  LEDGE_SECRET: 'a secret of the bench, of 32 characters',
  LEDGE_ADMIN: createHash('sha256').update(ADMIN_KEY).digest('hex'),
};

const issued = z.object({ key: z.string() });

/** Provisions a tenant and issues a key in it. */
export async function issueKey(url: string): Promise<string> {
  await administer(`${url}/v1/tenants`, { tenant: 'main' });
  const answer = await administer(`${url}/v1/keys`, {
    principal: 'service:bench',
    tenant: 'main',
    roles: ['storekeeper'],
    claims: { quantityMax: 10 },
  });
  return issued.parse(answer).key;
}

async function administer(url: string, input: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
