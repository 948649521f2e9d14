/** A stream of any tenant by its name, and its object. */
import { aggregateOf, objectName } from '../../core/aggregate/stream.ts';
import { type App, findStored } from '../../core/app.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import type { AggregateStub, LedgeEnv } from '../runtime/env.ts';

export interface NamedStream {
  readonly tenant: string;
  readonly stream: string;
}

/** @throws KnownFault where the code does not define its aggregate */
export function aggregateNamed(
  app: App,
  env: LedgeEnv,
  { tenant, stream }: NamedStream,
): AggregateStub {
  if (!findStored(app, aggregateOf(stream) ?? '')) {
    throw new KnownFault('The code does not define the aggregate of the stream.');
  }
  return env.AGGREGATE.getByName(objectName(tenant, stream));
}
