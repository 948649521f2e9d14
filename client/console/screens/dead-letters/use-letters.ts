/** Dead letters, page by page. The first page is asked again while it is the only one. */
import { type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import type { DeadLetter, DeadLetterPage } from '../../../../core/operator-shapes/dead-letter.ts';
import type { LedgeProblem } from '../../../problem.ts';
import { askApi } from '../../parts/use-api.ts';

const FIRST_PAGE = 100;
const NEXT_PAGE = 1_000;
const POLL_MS = 5_000;

/** What is asked for, as the API names it. */
export interface ChosenLetters {
  readonly status: string;
  readonly projection?: string;
  readonly error?: string;
}

export function useLetters(
  filter: ChosenLetters,
): UseInfiniteQueryResult<readonly DeadLetter[], LedgeProblem> {
  return useInfiniteQuery({
    queryKey: ['dead-letters', filter.status, filter.projection, filter.error],
    queryFn: ({ pageParam, signal }) =>
      askApi<DeadLetterPage>(pathOf(filter, pageParam), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    select: ({ pages }) => pages.flatMap(({ deadLetters }) => deadLetters),
    refetchInterval: ({ state }) => (state.data && state.data.pages.length > 1 ? false : POLL_MS),
  });
}

function pathOf(filter: ChosenLetters, cursor: string): string {
  const page = cursor === '' ? { limit: String(FIRST_PAGE) } : { limit: String(NEXT_PAGE), cursor };
  return `/v1/dead-letters?${new URLSearchParams({ ...filter, ...page })}`;
}
