/** Makes the incident of a stream that could not be delivered. */
import { explainFailure } from '../../core/failures/explain-failure.ts';
import type { Incident } from '../../core/failures/incident.ts';

/** `settledVersion` is null if D1 could not be read. */
export function undelivered(
  { tenant, stream, version }: Pick<Incident, 'tenant' | 'stream' | 'version'>,
  settledVersion: number | null,
  error: unknown,
): Incident {
  return { tenant, stream, kind: 'delivery', version, settledVersion, ...explainFailure(error) };
}
