/** What the hooks watch, without React: each settles on every end. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../client/index.ts';
import { LedgeProblem } from '../../client/index.ts';
import { unreachable } from '../../client/problem.ts';
import { commandStore } from '../../client/react/command-store.ts';
import { queryStore } from '../../client/react/query-store.ts';

const accepted: Outcome<never, never> = {
  outcome: 'accepted',
  stream: 'order/o-1',
  version: 1,
  events: [],
  token: 'order/o-1@1',
};

describe('U26 a command is pending until every one that was sent has ended, however it ends', () => {
  test('two at once', async () => {
    const store = commandStore();
    const [one, other] = [
      Promise.withResolvers<typeof accepted>(),
      Promise.withResolvers<typeof accepted>(),
    ];
    const settling = [store.settle(one.promise), store.settle(other.promise)];
    one.resolve(accepted);
    await settling[0];
    expect(store.get()).toMatchObject({ isPending: true });
    other.resolve(accepted);
    await settling[1];
    expect(store.get()).toMatchObject({ isPending: false, outcome: accepted });
  });

  test('aborted: it rejects with the caller’s reason', async () => {
    const store = commandStore();
    const reason = new DOMException('Changed my mind.', 'AbortError');
    await expect(store.settle(Promise.reject(reason))).rejects.toBe(reason);
    expect(store.get()).toEqual({ isPending: false, outcome: undefined, problem: undefined });
  });

  test('failed: the problem is in the state', async () => {
    const store = commandStore();
    const problem = unreachable('Gone.');
    expect(await store.settle(Promise.reject(problem))).toBeUndefined();
    expect(store.get()).toEqual({ isPending: false, outcome: undefined, problem });
  });

  test('watched or not: an unmounted component leaves nothing pending', async () => {
    const store = commandStore();
    const stop = store.subscribe(() => undefined);
    const sending = Promise.withResolvers<typeof accepted>();
    const settling = store.settle(sending.promise);
    stop();
    sending.resolve(accepted);
    await settling;
    expect(store.get().isPending).toBe(false);
  });
});

describe('U27 a query loads until it has ended, however it ends', () => {
  test('every thrown value becomes a problem', async () => {
    const store = queryStore(() => Promise.reject(new TypeError('No such token.')));
    const stop = store.subscribe(() => undefined);
    await new Promise((resolve) => setTimeout(resolve));
    expect(store.get()).toMatchObject({ isLoading: false });
    expect(store.get().problem).toBeInstanceOf(LedgeProblem);
    expect(store.get().problem?.message).toMatch(/TypeError: No such token/);
    stop();
  });

  test('an unmounted component leaves nothing loading', () => {
    const store = queryStore(() => new Promise(() => undefined));
    const stop = store.subscribe(() => undefined);
    expect(store.get().isLoading).toBe(true);
    stop();
    expect(store.get().isLoading).toBe(false);
  });
});
