/** Delivers streams with open incidents from their objects, whether or not the journal knows the stream. */
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import { undelivered } from '../incidents/undelivered.ts';
import { streamKey } from '../projections/positions.ts';
import { type AdvanceResult, runProjections } from '../projections/run-projections.ts';
import type { Projector } from '../projector/projector.ts';

/** A registered stream with its object's newest version; undefined if the object cannot be read. */
export interface RegisteredStream {
  readonly incident: Incident;
  readonly head: number | undefined;
}

/** Resolves to the settled ones. A failure is reported as the newest cause; never rejects. */
export async function deliverRegistered(
  projector: Projector,
  incidents: readonly Incident[],
): Promise<RegisteredStream[]> {
  const registered = await Promise.all(incidents.map((incident) => withHead(projector, incident)));
  const reached = await advanced(projector, registered);
  return registered.filter((one) => isSettled(one, reached.get(streamKey(one.incident))));
}

/** The version up to which a settled stream's incidents are resolved. */
export function resolvedBy({ incident, head = 0 }: RegisteredStream): ResolvedIncident {
  const { tenant, stream, kind, version } = incident;
  return { tenant, stream, kind, version: Math.max(version, head) };
}

async function withHead(projector: Projector, incident: Incident): Promise<RegisteredStream> {
  const { tenant, stream } = incident;
  const head = await projector.readHead(tenant, stream).catch(() => undefined);
  return { incident, head };
}

async function advanced(
  projector: Projector,
  registered: readonly RegisteredStream[],
): Promise<ReadonlyMap<string, AdvanceResult>> {
  const wanted = registered.map(({ incident: { tenant, stream, version }, head = version }) => ({
    ...{ tenant, stream, version: head, events: [] },
  }));
  if (wanted.length === 0) return new Map();
  try {
    const reached = await runProjections(projector, wanted);
    const failed = wanted.flatMap((one) => {
      const { reason, error } = reached.get(streamKey(one)) ?? {};
      return reason === 'unavailable' ? [undelivered(one, null, error)] : [];
    });
    await projector.reportIncidents(failed);
    return reached;
  } catch (error) {
    await projector.reportIncidents(wanted.map((one) => undelivered(one, null, error)));
    return new Map();
  }
}

/** The object's head is authoritative: an incident beyond it, from a wrong message, is settled too. */
function isSettled({ head }: RegisteredStream, reached: AdvanceResult | undefined): boolean {
  return (
    head !== undefined &&
    reached !== undefined &&
    reached.reason === undefined &&
    reached.version >= head
  );
}
