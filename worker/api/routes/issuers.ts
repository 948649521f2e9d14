/** `POST /v1/issuers/refresh`: the keys of the issuers of JWTs are fetched now, for administrators of the deployment. */
import type { RefreshedIssuers } from '../../../core/operator-shapes/issuers.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored } from '../../http/unstored.ts';
import { ISSUER_COPY_MS } from '../../runtime/issuer.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { refreshIssuersInput } from '../inputs/issuers.ts';

export function issuersRoute(machinery: Machinery): Routes {
  const [issuer] = machinery.issuers;
  return new Routes().post('/refresh', async (context) => {
    const input = await readOperation(context, refreshIssuersInput);
    if ('outcome' in input) return input;
    const issuers = (await issuer?.tokens.refreshNow(machinery, context.env)) ?? [];
    const effectiveBy = new Date(machinery.platform.nowMs() + ISSUER_COPY_MS).toISOString();
    const answer: RefreshedIssuers = { issuers: [...issuers], effectiveBy };
    return unstored(answer);
  });
}
