/** Requests to the API: what a screen shows is asked again while it is open. */
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type LedgeProblem, problemFrom, unreachable } from '../../problem.ts';
import { apiPath } from './addresses.ts';
import { report } from './connection.ts';

/** How often a screen asks again, and how often while the server does not answer. */
const POLL_MS = 5_000;
const RETRY_MS = 1_000;

interface ApiOptions {
  /** The answer does not change while the page is open: it is asked for once. */
  readonly isFixed?: boolean;
  /** The answer of the path before is shown until that of another path is there. */
  readonly keepsLast?: boolean;
  /** Of a `POST`, which is sent as JSON. */
  readonly body?: unknown;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly signal?: AbortSignal;
}

/** @throws LedgeProblem, the server's or that it does not answer */
export async function askApi<Answer>(path: string, options: ApiOptions = {}): Promise<Answer> {
  const { body, method = 'GET', signal } = options;
  const response = await fetch(`${apiPath}${path}`, {
    method,
    ...(signal && { signal }),
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  }).catch((error: unknown) => {
    if (!signal?.aborted) report('unanswered');
    throw unreachable(`The request could not be made: ${error}`);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  const problem = problemFrom(answer);
  const isAnswer = problem !== undefined || (response.ok && answer !== undefined);
  if (response.status === 401) report('refused');
  else report(isAnswer ? 'live' : 'unanswered');
  if (problem) throw problem;
  if (!isAnswer) throw unreachable(`The server answered ${response.status} without a problem.`);
  return answer as Answer; // what the document of the API says of this address
}

/** `path`: with its query. Undefined asks nothing. */
export function useApi<Answer>(
  path: string | undefined,
  { isFixed = false, keepsLast = false }: Pick<ApiOptions, 'isFixed' | 'keepsLast'> = {},
): UseQueryResult<Answer, LedgeProblem> {
  return useQuery<Answer, LedgeProblem>({
    queryKey: [path],
    queryFn: ({ signal }) => askApi<Answer>(path ?? '', { signal }),
    enabled: path !== undefined,
    meta: { isFixed },
    ...(isFixed && { staleTime: Number.POSITIVE_INFINITY }),
    ...(keepsLast && { placeholderData: keepPreviousData }),
    refetchInterval: ({ state }) => {
      if (state.status === 'error') return state.error?.problem.status === 0 ? RETRY_MS : POLL_MS;
      return isFixed ? false : POLL_MS;
    },
  });
}
