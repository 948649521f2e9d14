/** A stream of any tenant by its name, and its object. */
import { aggregateOf } from '../../core/aggregate/stream.ts';
import { type App, findStored } from '../../core/app.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import type { AggregateStub, LedgeEnv } from '../runtime/env.ts';
import { streamStub } from '../runtime/object-stubs.ts';

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
  return streamStub(env, tenant, stream);
}
