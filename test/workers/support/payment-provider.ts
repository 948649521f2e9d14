/** Another system, as an action reaches it: it keeps the keys of what it has done, and answers as the test says. */

/**
 * `lost`: done, and the answer never comes. `late`: done, and answered after the attempt's time. `hangs`: nothing at all.
 * `closes`: the connection ends before anything is done.
 */
export type ProviderAnswer = 'done' | 'lost' | 'late' | 'hangs' | 'closes' | '500' | '402' | '429';

const LATE_MS = 400;

export const provider = {
  /** Of each call, in their order; left out: done. */
  answers: (_call: number): ProviderAnswer => 'done',
  /** The keys of all calls. */
  calls: [] as string[],
  /** What was done, by key: once each, however often it is asked for. */
  effects: new Map<string, string>(),
  /** Called when the aggregate decides the command that follows; may throw. */
  atCapture: (): void => undefined,
  fetch: async (_url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const key = new Headers(init.headers).get('idempotency-key') ?? '';
    const answer = provider.answers(provider.calls.push(key) - 1);
    const { signal } = init;
    switch (answer) {
      case '500':
        return new Response('{}', { status: 500 });
      case '402':
        return new Response('{}', { status: 402 });
      case '429':
        return new Response('{}', { status: 429, headers: { 'retry-after': '60' } });
      case 'closes':
        throw new TypeError('Network connection lost.');
      case 'hangs':
        return aborted(signal);
      case 'lost':
        provider.act(key, init);
        return aborted(signal);
      case 'late':
        await scheduler.wait(LATE_MS);
        return provider.act(key, init);
      case 'done':
        return provider.act(key, init);
    }
  },
  act: (key: string, { body }: RequestInit): Response => {
    if (!provider.effects.has(key)) provider.effects.set(key, String(body));
    return Response.json({ receipt: `receipt of ${key}` });
  },
};

export function resetProvider(): void {
  Object.assign(provider, { answers: () => 'done', atCapture: () => undefined });
  provider.calls.length = 0;
  provider.effects.clear();
}

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}
