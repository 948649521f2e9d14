/** Makes the incident of a stream that could not be delivered. */
import { explainFailure } from '../../core/failures/explain-failure.ts';
import type { Incident } from '../../core/failures/incident.ts';

/** `settledVersion` is null where D1 could not say. */
export function undelivered(
  { tenant, stream, version }: Pick<Incident, 'tenant' | 'stream' | 'version'>,
  settledVersion: number | null,
  error: unknown,
): Incident {
  return { tenant, stream, kind: 'delivery', version, settledVersion, ...explainFailure(error) };
}
