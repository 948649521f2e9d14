/** Walks the whole journal, a page at a time, and adds up what the server finds: `POST /v1/verify`. */
import type { KnownIncident } from '../../core/failures/incident.ts';
import { type Difference, verifiedPage } from '../../core/operator-shapes/verification.ts';
import { countText } from './plain-text.ts';
import { ask, type Server } from './server.ts';
import { incidentLine } from './undelivered-text.ts';

export interface Verified {
  readonly checked: number;
  readonly differences: readonly Difference[];
  /** Streams that objects have and the journal lacks, at the walk's end. */
  readonly undelivered: readonly KnownIncident[];
}

export async function verifyJournal(
  server: Server,
  onPage: (so: Pick<Verified, 'checked'>) => void,
): Promise<Verified> {
  const differences: Difference[] = [];
  let checked = 0;
  let after: string | undefined;
  for (;;) {
    const input = after === undefined ? {} : { after };
    const request = { method: 'POST', path: '/v1/verify', input } as const;
    const next = await ask(server, request, verifiedPage);
    checked += next.checked;
    differences.push(...next.differences);
    onPage({ checked });
    if (next.done) return { checked, differences, undelivered: next.undelivered };
    after = next.after;
  }
}

/** Chosen by us: what a person reads on a screen. */
const LISTED_MAX = 20;

export function verifiedText(verified: Verified): string {
  return [differencesText(verified), ...undeliveredText(verified)].join('\n');
}

function undeliveredText({ undelivered }: Verified): string[] {
  if (undelivered.length === 0) return [];
  const lines = undelivered.slice(0, LISTED_MAX).map(incidentLine);
  const more = undelivered.length - lines.length;
  return [
    `${countText(undelivered.length, 'stream')} with events that the journal lacks; --repair delivers them:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more; --json lists them all`] : []),
  ];
}

function differencesText({ checked, differences }: Verified): string {
  if (differences.length === 0) {
    return `The journal's ${countText(checked, 'event')} are in the objects' logs as they are.`;
  }
  const lines = differences
    .slice(0, LISTED_MAX)
    .map(({ position, stream, version, what }) =>
      stream === '' ? `  ${position}: ${what}` : `  ${stream}@${version} at ${position}: ${what}`,
    );
  const more = differences.length - lines.length;
  return [
    `Of the journal's ${countText(checked, 'event')}, ${differences.length} differ:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more; --json lists them all`] : []),
  ].join('\n');
}
