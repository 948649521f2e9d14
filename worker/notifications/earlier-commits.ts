/**
 * Notifications of commits that another invocation has made: it may have ended before it notified, and the message
 * that is acknowledged here is the last one that has their events. The changed rows are unknown by then.
 */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import { aggregateOf, objectName } from '../../core/aggregate/stream.ts';
import { type App, findProjection } from '../../core/app.ts';
import type { Watch } from '../../core/live/watch.ts';
import { subject } from '../../core/personal/subject.ts';
import type { StreamPosition } from '../../core/plan/plan-stream.ts';
import type { Projection } from '../../core/projection/projection.ts';

interface RequestedEvents {
  readonly tenant: string;
  readonly stream: string;
  readonly events: readonly StoredEvent[];
}

/** The state of D1 when a round began. */
export interface RoundStart {
  readonly positions: readonly StreamPosition[];
  /** The watches of the streams' tenants. */
  readonly registered: readonly Watch[];
}

interface EndedRound extends RoundStart {
  readonly reached: readonly StreamPosition[];
}

/** The watches of the rows that were changed by a requested event that none of these rounds has committed. */
export function notificationsOfEarlier(
  app: App,
  requested: readonly RequestedEvents[],
  rounds: readonly EndedRound[],
): Watch[] {
  const expected = versionsBefore(requested);
  return rounds.flatMap(({ positions, registered, reached }) => {
    const moved = positions.filter(
      (one) => one.version > (expected.get(objectName(one.tenant, one.stream)) ?? 0),
    );
    for (const one of [...positions, ...reached]) raise(expected, one);
    return watchesOf(app, moved, registered);
  });
}

/** The version before the first requested event; 0 for a request without events, which may be any. */
function versionsBefore(requested: readonly RequestedEvents[]): Map<string, number> {
  const before = new Map<string, number>();
  for (const one of requested) {
    const versions = one.events.map(({ version }) => version - 1);
    const first = versions.length === 0 ? 0 : Math.min(...versions);
    const name = objectName(one.tenant, one.stream);
    before.set(name, Math.min(first, before.get(name) ?? first));
  }
  return before;
}

function raise(expected: Map<string, number>, one: StreamPosition): void {
  const name = objectName(one.tenant, one.stream);
  expected.set(name, Math.max(one.version, expected.get(name) ?? 0));
}

/** The aggregates whose events change its rows. */
function followedBy(projection: Projection | undefined): readonly string[] {
  if (!projection) return [];
  const isOpen = projection.tables.some(({ open }) => open.length > 0);
  return isOpen ? [...projection.sources, subject.name] : projection.sources;
}

/** The watches whose projection handles events of the streams. */
function watchesOf(
  app: App,
  streams: readonly StreamPosition[],
  registered: readonly Watch[],
): Watch[] {
  // The usual case, without a loop over the watches.
  if (streams.length === 0) return [];
  const sources = new Set(streams.map(({ tenant, stream }) => `${tenant}/${aggregateOf(stream)}`));
  return registered.filter(({ tenant, projection }) =>
    followedBy(findProjection(app, projection)).some((name) => sources.has(`${tenant}/${name}`)),
  );
}
