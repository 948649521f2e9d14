/** Recovers one stream: asks its object until it has looked through the journal as far as it has to. */
import { type StreamRecovery, streamRecovery } from '../../core/operator-shapes/recovery.ts';
import { commandText } from '../../core/package-name.ts';
import type { Conclusion } from './command-line.ts';
import { countText } from './plain-text.ts';
import { ask, type Server } from './server.ts';

export async function recover(
  server: Server,
  stream: string,
  reason: string | undefined,
): Promise<Conclusion> {
  const input = reason === undefined ? {} : { reason };
  const request = { method: 'POST', path: `/v1/recover/${stream}`, input } as const;
  let taken = 0;
  for (;;) {
    const found = await ask(server, request, streamRecovery);
    taken += found.taken;
    if (found.state === 'searching') continue;
    const answer = { ...found, taken };
    return { ok: answer.state === 'whole', text: recoveredText(answer), answer };
  }
}

function recoveredText({ stream, version, journalVersion, taken, divergence }: StreamRecovery) {
  if (divergence) return divergedText(stream, divergence);
  const has = `${stream} is at version ${version}, and the journal at ${journalVersion}.`;
  return `${has} ${taken === 0 ? 'Nothing was lost.' : `${countText(taken, 'event')} taken back.`}`;
}

type Diverged = NonNullable<StreamRecovery['divergence']>;

function divergedText(stream: string, { version, log, journal }: Diverged): string {
  return [
    `${stream} has two events under version ${version}. Nothing is overwritten, and its commands are refused.`,
    `  object:  ${eventText(log)}`,
    `  journal: ${eventText(journal)}`,
    `Restore the object once more, to a time before ${log.recordedAt}, and run \`${commandText(`streams recover ${stream}`)}\`.`,
    'Then send again the commands whose events only the object had.',
  ].join('\n');
}

function eventText({ type, id, recordedAt, actor, commandId, data }: Diverged['log']): string {
  return `${type} ${id}, ${recordedAt}, by ${actor}, command ${commandId}: ${JSON.stringify(data)}`;
}
