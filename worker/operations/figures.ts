/**
 * Where a deployment is: sizes, lags, backlogs, incidents, open alerts, read side by side. A part that cannot be read is
 * undefined and listed with the reason, and takes no other part with it. Bounded: no table is scanned.
 */

import type { IncidentSummary } from '../../core/failures/incident.ts';
import { type PlatformErrorKind, platformErrorKind } from '../../core/failures/platform-error.ts';
import type { KeptObservations } from '../../core/operations/observation.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import { incidentSummary } from '../incidents/incidents.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { observationsStub } from '../runtime/object-stubs.ts';
import { type DatabaseFigures, readDatabase } from './database-figures.ts';
import { type QueueFigures, queues, readQueue } from './queue-figures.ts';

/** Ours: a part that is slower than this is not known. The platform sets no limit of its own. */
const ANSWER_MS_MAX = 5_000;

export interface UnreadPart {
  readonly part: 'database' | 'queue' | 'incidents' | 'observations';
  readonly name: string;
  readonly kind: PlatformErrorKind;
}

export interface Figures {
  readonly atMs: number;
  readonly databases: readonly DatabaseFigures[];
  readonly queues: readonly QueueFigures[];
  readonly incidents: IncidentSummary | undefined;
  readonly observed: KeptObservations | undefined;
  readonly unread: readonly UnreadPart[];
}

export async function readFigures(machinery: Machinery, env: LedgeEnv): Promise<Figures> {
  const unread: UnreadPart[] = [];
  const look = async <Found>(
    part: UnreadPart['part'],
    name: string,
    read: () => Promise<Found>,
  ): Promise<Found | undefined> => {
    try {
      return await withDeadline(read(), ANSWER_MS_MAX, `${part} ${name} did not answer in time.`);
    } catch (error) {
      unread.push({ part, name, kind: platformErrorKind(error) });
      return undefined;
    }
  };
  const [readDatabases, readQueues, incidents, observed] = await Promise.all([
    Promise.all(
      machinery.databases
        .all(env)
        .map((one) => look('database', one.name, () => readDatabase(machinery, env, one))),
    ),
    Promise.all(
      queues(env).map((one) =>
        look('queue', one.name, () => readQueue(one, machinery.platform.nowMs())),
      ),
    ),
    look('incidents', 'health objects', () => incidentSummary(env)),
    look('observations', 'health object', () => observationsStub(env).observed()),
  ]);
  return {
    atMs: machinery.platform.nowMs(),
    databases: readDatabases.filter((one) => one !== undefined),
    queues: readQueues.filter((one) => one !== undefined),
    ...{ incidents, observed, unread },
  };
}
