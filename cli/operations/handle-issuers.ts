/** The issuers of JWTs: their keys are fetched now. */
import { type RefreshedIssuer, refreshedIssuers } from '../../core/operator-shapes/issuers.ts';
import type { Conclusion } from './command-line.ts';
import { ask, type Server } from './server.ts';

export async function refresh(server: Server, reason: string | undefined): Promise<Conclusion> {
  const input = reason === undefined ? {} : { reason };
  const path = '/v1/issuers/refresh';
  const answer = await ask(server, { method: 'POST', path, input }, refreshedIssuers);
  const { issuers, effectiveBy } = answer;
  const end = `A key that was withdrawn lets nothing in after ${effectiveBy}.`;
  const text =
    issuers.length === 0 ? 'No issuer is declared.' : [...issuers.map(line), end].join('\n');
  return { ok: issuers.every(({ result }) => result !== 'failed'), text, answer };
}

function line({ issuer, result, cause }: RefreshedIssuer): string {
  return cause === undefined ? `${issuer}: ${result}` : `${issuer}: ${result}. ${cause}`;
}
