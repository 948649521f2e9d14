/** Verifies the journal of a server: `POST /v1/verify` and `POST /v1/verify/checkpoints`; and the result in words. */
import { checkpointPage, verifiedPage } from '../../core/operator-shapes/verification.ts';
import { countText } from './plain-text.ts';
import { ask, type Server } from './server.ts';
import { incidentLine } from './undelivered-text.ts';
import { type Verified, walkVerification } from './verification-walk.ts';

export type { Verified };

export function verifyJournal(
  server: Server,
  onPage: (so: Pick<Verified, 'checked'>) => void,
): Promise<Verified> {
  const requests = {
    page: (input: object) =>
      ask(server, { method: 'POST', path: '/v1/verify', input }, verifiedPage),
    checkpoints: (input: object) =>
      ask(server, { method: 'POST', path: '/v1/verify/checkpoints', input }, checkpointPage),
  };
  return walkVerification(requests, onPage);
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
