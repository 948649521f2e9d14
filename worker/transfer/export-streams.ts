/** What an export reads: pages of streams, from their objects. */
import type { App } from '../../core/app.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { ExportedPages } from '../../core/operator-shapes/transfer.ts';
import type { TransferPlace } from '../../core/protocol/stream-transfer.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateNamed, type NamedStream } from './named-stream.ts';

/** Ours: of one answer, however many streams it has. */
const ANSWER_BYTES_MAX = 2_000_000;

/** Ours: a page of a stream is worth its request. */
const PAGE_BYTES_MIN = 20_000;

export interface WantedPage extends NamedStream {
  readonly next?: TransferPlace;
}

/** A stream whose object does not answer, or is not whole itself, is among those that are left. */
export async function exportPages(
  app: App,
  env: LedgeEnv,
  wanted: readonly WantedPage[],
): Promise<ExportedPages> {
  const bytesMax = Math.max(Math.floor(ANSWER_BYTES_MAX / wanted.length), PAGE_BYTES_MIN);
  const answer: ExportedPages = { pages: [], left: [] };
  await Promise.all(
    wanted.map(async ({ tenant, stream, next: place }) => {
      try {
        const object = aggregateNamed(app, env, { tenant, stream });
        const { next, ...page } = await object.exportPage(place, bytesMax);
        answer.pages.push({
          ...{ tenant, stream, ...page },
          events: page.events.map(({ tenant: _tenant, stream: _stream, ...event }) => event),
          ...(next && { next }),
        });
      } catch (error) {
        answer.left.push({ tenant, stream, because: errorText(error) });
      }
    }),
  );
  return answer;
}
