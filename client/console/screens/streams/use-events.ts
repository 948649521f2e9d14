/** The events of a stream by their versions, in pages that are asked for when one of their events is shown. */
import { useQueries } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { StoredEvent } from '../../../../core/aggregate/event.ts';
import type { LedgeProblem } from '../../../problem.ts';
import { askApi } from '../../parts/use-api.ts';

const PAGE = 100;

interface LoadedEvents {
  /** Undefined: not loaded yet. */
  readonly eventAt: (version: number) => StoredEvent | undefined;
  readonly error: LedgeProblem | undefined;
}

/** `shown`: the versions on the screen. `newest`: that of the stream, which grows. */
export function useEvents(stream: string, shown: readonly number[], newest: number): LoadedEvents {
  const pages = [...new Set(shown.map(pageOf))];
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['events', stream, page],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => {
        const first = page * PAGE + 1;
        return eventsBetween(stream, first, Math.min(newest, first + PAGE - 1), signal);
      },
      // Events do not change; the last page is asked for again when the stream has grown.
      staleTime: Number.POSITIVE_INFINITY,
      meta: { isFixed: true },
    })),
  });
  useEffect(() => {
    for (const [index, { data, isFetching, refetch }] of results.entries()) {
      const expected = Math.min(PAGE, newest - (pages[index] ?? 0) * PAGE);
      if (data && data.length < expected && !isFetching) refetch();
    }
  });
  const loaded = new Map(pages.map((page, index) => [page, results[index]?.data]));
  const failed = results.find(({ error }) => error !== null);
  return {
    eventAt: (version) => loaded.get(pageOf(version))?.[(version - 1) % PAGE],
    error: (failed?.error as LedgeProblem | undefined) ?? undefined, // all that `askApi` throws
  };
}

function pageOf(version: number): number {
  return Math.floor((version - 1) / PAGE);
}

/** Both inclusive. Pages of the API may be shorter than their limit. */
async function eventsBetween(
  stream: string,
  first: number,
  last: number,
  signal: AbortSignal,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const page of pagesBetween(stream, first, last, signal)) events.push(...page);
  return events;
}

const LIMIT_MAX = 1_000;

/** The pages of the API from one version to another, both inclusive. */
export async function* pagesBetween(
  stream: string,
  first: number,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  let next = first;
  while (next <= last) {
    const limit = Math.min(LIMIT_MAX, last - next + 1);
    const { events } = await askApi<{ readonly events: readonly StoredEvent[] }>(
      `/v1/streams/${stream}?after=${next - 1}&limit=${limit}`,
      { signal },
    );
    if (events.length === 0) return;
    yield events;
    next += events.length;
  }
}
