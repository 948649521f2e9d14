/** Compares what was answered with what is there. */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { Sent } from './client.ts';
import type { Reader } from './reader.ts';

export function streamOf({ aggregate, id }: Sent): string {
  return `${aggregate}/${id}`;
}

/** The newest version of each stream that was answered. */
export function answeredVersions(sent: readonly Sent[]): Map<string, number> {
  const versions = new Map<string, number>();
  for (const command of sent) {
    const { decided } = command;
    if (decided?.outcome !== 'accepted' || decided.version === 0) continue;
    const stream = streamOf(command);
    versions.set(stream, Math.max(versions.get(stream) ?? 0, decided.version));
  }
  return versions;
}

/** Streams that D1 does not have up to these versions. Asks D1 alone: an object that is read would be woken by it. */
export async function behind(
  reader: Reader,
  versions: ReadonlyMap<string, number>,
): Promise<string[]> {
  const aggregates = new Set([...versions.keys()].map((stream) => stream.split('/')[0] ?? ''));
  const pages = await Promise.all([...aggregates].map((name) => reader.checkpoints(name)));
  const arrived = new Map(pages.flat().map(({ stream, version }) => [stream, version]));
  return [...versions]
    .filter(([stream, version]) => (arrived.get(stream) ?? 0) < version)
    .map(([stream]) => stream);
}

export interface Differences {
  /** Events that were answered, and are not at the version that was answered. */
  readonly lost: number;
  /** Events that no command was answered with. */
  readonly unasked: number;
  /** Versions that are missing in their stream, or there twice. */
  readonly gaps: number;
}

/** Every outcome against the logs. */
export function compareOutcomes(sent: readonly Sent[], log: readonly StoredEvent[]): Differences {
  const places = new Map(log.map(({ id, stream, version }) => [id, `${stream}@${version}`]));
  const answered = new Set<string>();
  let lost = 0;
  for (const command of sent) {
    if (command.decided?.outcome !== 'accepted') continue;
    const { events, version } = command.decided;
    for (const [index, { id }] of events.entries()) {
      answered.add(id);
      const place = `${streamOf(command)}@${version - events.length + index + 1}`;
      if (places.get(id) !== place) lost++;
    }
  }
  const streams = Map.groupBy(log, ({ stream }) => stream);
  const gaps = [...streams.values()].flatMap((events) =>
    events.filter(({ version }, index) => version !== index + 1),
  );
  const unasked = log.filter(({ id }) => !answered.has(id));
  return { lost, unasked: unasked.length, gaps: gaps.length };
}
