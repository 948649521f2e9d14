/** Delivers every stream whose object has more than the journal: `POST /v1/sweep`. */
import { type LaggingStream, sweptRound } from '../../core/operator-shapes/verification.ts';
import { countText } from './plain-text.ts';
import { ask, type Server } from './server.ts';

export interface Swept {
  readonly streams: number;
  readonly behind: readonly LaggingStream[];
  readonly repaired: number;
}

/**
 * The server's walk may be anywhere, since its cron shares it: to its end first, then a whole one. What the first part
 * has repaired the second does not find again.
 */
export async function sweepStreams(server: Server): Promise<Swept> {
  const first = await sweepToEnd(server);
  const whole = await sweepToEnd(server);
  // A stream that is registered as undelivered is tried in every round.
  const behind = new Map(
    [...first.behind, ...whole.behind].map((one) => [`${one.tenant}/${one.stream}`, one]),
  );
  const repaired = Math.min(first.repaired + whole.repaired, behind.size);
  return { streams: whole.streams, behind: [...behind.values()], repaired };
}

async function sweepToEnd(server: Server): Promise<Swept> {
  const behind: LaggingStream[] = [];
  let streams = 0;
  let repaired = 0;
  for (;;) {
    // It is of the whole deployment, whichever tenant is verified.
    const whole = { ...server, inTenant: undefined };
    const next = await ask(whole, { method: 'POST', path: '/v1/sweep' }, sweptRound);
    streams += next.streams;
    repaired += next.repaired;
    behind.push(...next.behind);
    if (next.done) return { streams, behind, repaired };
  }
}

export function sweptText({ streams, behind, repaired }: Swept): string {
  const lines = behind.map(
    ({ tenant, stream, version, head }) =>
      `  ${stream} of ${tenant} was at version ${version} of ${head}`,
  );
  const text = `${countText(streams, 'stream')} looked at, ${behind.length} behind, ${repaired} repaired.`;
  return [text, ...lines].join('\n');
}
