/**
 * Walks the whole journal and all checkpoints, a page at a time, and adds up what the server finds. Three parts, so that
 * events that arrive meanwhile are no differences: the journal to its end, the checkpoints, and the journal from there to
 * its new end, which has all that the checkpoints say.
 */
import type { KnownIncident } from '../../core/failures/incident.ts';
import type {
  CheckpointPage,
  Difference,
  VerifiedPage,
} from '../../core/operator-shapes/verification.ts';
import { VerifiedStreams } from './verified-streams.ts';

export interface Verified {
  readonly checked: number;
  readonly differences: readonly Difference[];
  /** Streams that objects have and the journal lacks, at the walk's end. */
  readonly undelivered: readonly KnownIncident[];
}

type After = { readonly after?: string };

/** How the server is asked. */
export interface VerificationRequests {
  readonly page: (input: After) => Promise<VerifiedPage>;
  readonly checkpoints: (input: After) => Promise<CheckpointPage>;
}

export async function walkVerification(
  requests: VerificationRequests,
  onPage: (so: Pick<Verified, 'checked'>) => void,
): Promise<Verified> {
  const streams = new VerifiedStreams();
  const differences: Difference[] = [];
  let checked = 0;
  const toEnd = async (from: After) => {
    for (let input = from; ; ) {
      const page = await requests.page(input);
      checked += page.checked;
      differences.push(...page.differences, ...streams.add(page.streams));
      onPage({ checked });
      if (page.done) return page;
      input = { after: page.after };
    }
  };
  const { after } = await toEnd({});
  for (let input: After | undefined = {}; input; ) {
    const page: CheckpointPage = await requests.checkpoints(input);
    streams.compare(page.checkpoints);
    input = page.after === undefined ? undefined : { after: page.after };
  }
  const { undelivered } = await toEnd({ after });
  differences.push(...streams.end());
  return { checked, differences, undelivered };
}
