/** Stores pages of an export in the objects of their streams, and releases the streams that are whole. */
import type { App } from '../../core/app.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { RestoredStreams } from '../../core/operator-shapes/transfer.ts';
import type { ReleasedStreamOf, TransferPage } from '../../core/protocol/stream-transfer.ts';
import type { RestoreStep } from '../../durable-objects/index.ts';
import type { AggregateStub, LedgeEnv } from '../runtime/env.ts';
import { aggregateNamed, type NamedStream } from './named-stream.ts';

/** Pages of one stream in their order, different streams side by side. */
export async function restorePages(
  app: App,
  env: LedgeEnv,
  pages: readonly TransferPage[],
): Promise<RestoredStreams> {
  const streams = Map.groupBy(pages, ({ tenant, stream }) => `${tenant}/${stream}`);
  const steps = Array.from(
    streams.values(),
    ([first, ...others]) =>
      first &&
      stepOf(app, env, first, async (object) => {
        let step = await object.restorePage(stored(first));
        for (const page of others) {
          if (step.state === 'restoring') step = await object.restorePage(stored(page));
        }
        return step;
      }),
  );
  return { streams: (await Promise.all(steps)).flatMap((step) => step ?? []) };
}

export async function releaseStreams(
  app: App,
  env: LedgeEnv,
  streams: readonly ReleasedStreamOf[],
): Promise<RestoredStreams> {
  const steps = streams.map(({ tenant, stream, ...released }) =>
    stepOf(app, env, { tenant, stream }, (object) => object.release(released)),
  );
  return { streams: await Promise.all(steps) };
}

async function stepOf(
  app: App,
  env: LedgeEnv,
  { tenant, stream }: NamedStream,
  step: (object: AggregateStub) => Promise<RestoreStep>,
): Promise<RestoredStreams['streams'][number]> {
  try {
    const { state, version } = await step(aggregateNamed(app, env, { tenant, stream }));
    return { tenant, stream, state, version };
  } catch (error) {
    return { tenant, stream, state: 'failed', version: 0, because: errorText(error) };
  }
}

function stored({ tenant, stream, events, ...page }: TransferPage) {
  return { ...page, events: events.map((event) => ({ ...event, tenant, stream })) };
}
