/** The way from a client to the real Worker, with what goes wrong on it: one fault for each request, then none. */
import type { Answer, Fetch, Sent } from '../../../client/host.ts';
import { fetchWorker } from './harness.ts';

/**
 * `lost`: the request never arrives. `answer-lost`: it is carried out, the answer is lost. `cut`: the answer breaks off in
 * the middle. `hangs`, `answer-hangs`: nothing happens, or everything but the answer, until the caller gives up.
 * `overloaded`: 503 in front of the Worker. `gateway`: an answer that is not Ledge's.
 */
export type WayFault =
  | 'none'
  | 'lost'
  | 'answer-lost'
  | 'cut'
  | 'hangs'
  | 'answer-hangs'
  | 'overloaded'
  | 'gateway';

export interface Way {
  readonly fetch: Fetch;
  /** What was sent, lost or not. */
  readonly sent: (Sent & { readonly url: string })[];
}

export const CLIENT_URL = 'http://ledge.test';

export function wayWith(...faults: readonly WayFault[]): Way {
  const sent: (Sent & { readonly url: string })[] = [];
  const left = [...faults];
  return {
    sent,
    fetch: (url, request) => {
      sent.push({ ...request, url });
      return carry(left.shift() ?? 'none', url.slice(CLIENT_URL.length), request);
    },
  };
}

async function carry(fault: WayFault, path: string, sent: Sent): Promise<Answer> {
  switch (fault) {
    case 'none':
      return fetchWorker(path, sent);
    case 'lost':
      throw new TypeError('Network connection lost.');
    case 'answer-lost':
      await (await fetchWorker(path, sent)).text();
      throw new TypeError('Network connection lost.');
    case 'cut':
      return cut(await fetchWorker(path, sent));
    case 'hangs':
      return untilAborted(sent.signal);
    case 'answer-hangs':
      await (await fetchWorker(path, { ...sent, signal: null })).text();
      return untilAborted(sent.signal);
    case 'overloaded':
      return new Response('{"type":"/problems/unavailable"}', {
        status: 503,
        headers: { 'retry-after': '1' },
      });
    case 'gateway':
      return new Response('<h1>502 Bad Gateway</h1>', { status: 502 });
  }
}

async function cut(response: Response): Promise<Answer> {
  const whole = await response.text();
  return new Response(whole.slice(0, whole.length / 2), response);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_answer, fail) => {
    if (signal.aborted) fail(signal.reason);
    signal.addEventListener('abort', () => fail(signal.reason));
  });
}
