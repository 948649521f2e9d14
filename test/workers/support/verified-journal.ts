/** The whole walk of `ledge verify` over a deployment of the tests. */
import { type Verified, walkVerification } from '../../../cli/operations/verification-walk.ts';
import { checkpointPage, verifiedPage } from '../../../core/operator-shapes/verification.ts';
import type { Answer } from './harness.ts';

interface Asked {
  readonly post: (path: string, body?: unknown) => Promise<Answer>;
}

/** `limit`: of each page of the journal; `beforeCheckpoints`: what happens during the walk. */
export function verifiedJournal(
  at: Asked,
  { limit = 1_000, beforeCheckpoints = async () => undefined as unknown } = {},
): Promise<Verified> {
  const requests = {
    page: async (input: object) =>
      verifiedPage.parse((await at.post('/v1/verify', { limit, ...input })).body),
    checkpoints: async (input: object) => {
      await beforeCheckpoints();
      return checkpointPage.parse((await at.post('/v1/verify/checkpoints', input)).body);
    },
  };
  return walkVerification(requests, () => undefined);
}
