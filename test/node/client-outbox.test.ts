/** Commands that wait in a storage that is shared, full, broken or another principal's. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Answer, Fetch } from '../../client/host.ts';
import {
  type ClientOptions,
  type CommandStorage,
  createClient,
  type KeyedCommand,
  type LedgeProblem,
} from '../../client/index.ts';
import type { app } from '../shop/app.ts';
import type { guestApp } from '../workers/support/guests.ts';
import { scriptedSockets } from './support/scripted-sockets.ts';

afterEach(() => vi.restoreAllMocks());

class MemoryStorage implements CommandStorage {
  readonly items = new Map<string, string>();
  isFull = false;

  get length(): number {
    return this.items.size;
  }
  /** In no order that anything may count on. */
  key(index: number): string | null {
    return [...this.items.keys()].reverse()[index] ?? null;
  }
  getItem(name: string): string | null {
    return this.items.get(name) ?? null;
  }
  setItem(name: string, text: string): void {
    if (this.isFull) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    this.items.set(name, text);
  }
  removeItem(name: string): void {
    this.items.delete(name);
  }
}

interface SentCommand {
  readonly path: string;
  readonly token: string | undefined;
}

/** Replies to requests with these answers in order, and then accepts everything. */
function serverWith(...answers: (() => Answer)[]) {
  const sent: SentCommand[] = [];
  const fetch: Fetch = async (url, { headers }) => {
    sent.push({ path: url.slice('http://ledge.test'.length), token: headers.authorization });
    return (answers.shift() ?? accepted)();
  };
  return { sent, fetch };
}

const accepted = () => Response.json({ outcome: 'accepted', token: 'order/o-1@1' });
const noServer: Fetch = () => Promise.reject(new Error('No server is here.'));

function clientOver(fetch: Fetch, offline: ClientOptions['offline'], more: object = {}) {
  return createClient<typeof app>({
    url: 'http://ledge.test',
    fetch,
    WebSocket: scriptedSockets().Socket,
    retry: { attemptsMax: 1 },
    ...(offline && { offline }),
    ...more,
  });
}

const until = (isSo: () => boolean, timeout = 10_000) =>
  vi.waitUntil(isSo, { timeout, interval: 5 });
const leave = (sending: Promise<unknown>) => void sending.catch(() => undefined);
const confirm = '/v1/commands/order/o-1/ConfirmOrder';
const ship = '/v1/commands/order/o-1/MarkShipped';

describe('U22 stored commands keep their order across clocks and pages', () => {
  test('a clock that goes back between two pages', async () => {
    const storage = new MemoryStorage();
    vi.spyOn(Date, 'now').mockReturnValue(2_000_000_000_000);
    leave(clientOver(noServer, { storage }).order('o-1').confirmOrder());
    vi.spyOn(Date, 'now').mockReturnValue(1_000_000_000_000);
    leave(clientOver(noServer, { storage }).order('o-1').markShipped());
    const { sent, fetch } = serverWith();
    clientOver(fetch, { storage });
    await until(() => sent.length === 2);
    expect(sent.map(({ path }) => path)).toEqual([confirm, ship]);
    await until(() => storage.length === 0);
  });

  test('two pages that share a storage give no number twice', async () => {
    const storage = new MemoryStorage();
    const [one, other] = [clientOver(noServer, { storage }), clientOver(noServer, { storage })];
    for (let round = 0; round < 5; round++) {
      leave(one.order('o-1').confirmOrder());
      leave(other.order('o-2').confirmOrder());
    }
    const numbers = [...storage.items.keys()].map((name) => name.split(' ')[2]);
    expect(new Set(numbers).size).toBe(10);
    expect(numbers).toEqual(numbers.toSorted());
  });

  test('waiting commands are reported after every change, leftovers included', async () => {
    const storage = new MemoryStorage();
    leave(clientOver(noServer, { storage }).order('o-1').confirmOrder());
    const waiting: string[][] = [];
    const client = clientOver(serverWith().fetch, {
      storage,
      onWaiting: (commands) => waiting.push(commands.map(({ command }) => command)),
    });
    await client.order('o-2').markShipped();
    await until(() => waiting.at(-1)?.length === 0);
    expect(waiting[0]).toEqual(['ConfirmOrder']);
    expect(waiting[1]).toEqual(['ConfirmOrder', 'MarkShipped']);
  });
});

describe('U23 a storage that is full or broken stops no command', () => {
  test('a command that it does not take is sent, and reported', async () => {
    const storage = new MemoryStorage();
    storage.isFull = true;
    const problems: LedgeProblem[] = [];
    const { fetch } = serverWith();
    const client = clientOver(fetch, { storage, onProblem: (said) => problems.push(said) });
    expect(await client.order('o-1').confirmOrder()).toMatchObject({ outcome: 'accepted' });
    expect(problems.map(({ message }) => message)).toEqual([
      'Not stored: The storage did not take ConfirmOrder of order/o-1. It is sent, but lost when the page ends before that.',
    ]);
    expect(problems[0]).toMatchObject({ problem: { kind: 'not-stored' } });
    expect(problems[0]?.cause).toBeInstanceOf(DOMException);
  });

  test('an unreadable item is not changed, and the rest is sent', async () => {
    const storage = new MemoryStorage();
    leave(clientOver(noServer, { storage }).order('o-1').confirmOrder());
    storage.items.set('ledge-outbox  000000000000007 k', '{"aggregate":');
    storage.items.set('ledge-outbox  000000000000008 k', '{"aggregate":"order"}');
    storage.items.set('theme', 'dark');
    const problems: LedgeProblem[] = [];
    const { sent, fetch } = serverWith();
    clientOver(fetch, { storage, onProblem: (said) => problems.push(said) });
    await until(() => storage.length === 3);
    expect(sent.map(({ path }) => path)).toEqual([confirm]);
    expect(problems.map(({ problem }) => problem)).toMatchObject([
      { kind: 'left-alone', because: 'unreadable', count: 2 },
    ]);
  });
});

describe('U24 what one principal left is never sent as another', () => {
  test('it is left alone, reported, and sent when its own principal is back', async () => {
    const storage = new MemoryStorage();
    const as = (principal: string, fetch: Fetch, onProblem = (_: LedgeProblem) => {}) =>
      clientOver(fetch, { storage, onProblem }, { as: principal, token: principal });
    leave(as('ann', noServer).order('o-1').confirmOrder());
    const problems: LedgeProblem[] = [];
    const { sent, fetch } = serverWith();
    const bob = as('bob', fetch, (said) => problems.push(said));
    await bob.order('o-1').markShipped();
    expect(sent).toEqual([{ path: ship, token: 'Bearer bob' }]);
    expect(problems.map(({ problem }) => problem)).toMatchObject([
      { kind: 'left-alone', because: 'other-principal', count: 1 },
    ]);
    expect(storage.length).toBe(1);
    as('ann', fetch);
    await until(() => storage.length === 0);
    expect(sent[1]).toEqual({ path: confirm, token: 'Bearer ann' });
  });

  test('names with spaces, slashes and what other names begin with are names of their own', async () => {
    const storage = new MemoryStorage();
    for (const principal of ['a', 'a b', 'a%20b', '']) {
      leave(clientOver(noServer, { storage }, { as: principal }).order('o-1').confirmOrder());
    }
    const { sent, fetch } = serverWith();
    clientOver(fetch, { storage, onProblem: () => undefined }, { as: 'a b' });
    await until(() => storage.length === 3);
    expect(sent).toHaveLength(1);
  });

  test('a storage and a token without a principal are refused', () => {
    const storage = new MemoryStorage();
    expect(() => clientOver(noServer, { storage }, { token: 'secret' })).toThrow(/need `as`/);
  });
});

describe('U25 a command waits for another credential, and as long as the server asks', () => {
  test('401: it stays in the storage until `token` gives another one', async () => {
    const storage = new MemoryStorage();
    let token = 'expired';
    const body = { type: '/problems/unauthorized', title: 'No', status: 401, detail: 'No.' };
    const { sent, fetch } = serverWith(() => Response.json(body, { status: 401 }));
    const client = clientOver(fetch, { storage }, { as: 'ann', token: () => token });
    const confirming = client.order('o-1').confirmOrder();
    await until(() => sent.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(sent).toHaveLength(1);
    expect(storage.length).toBe(1);
    token = 'fresh';
    expect(await confirming).toMatchObject({ outcome: 'accepted' });
    expect(sent.map(({ token: used }) => used)).toEqual(['Bearer expired', 'Bearer fresh']);
    expect(storage.length).toBe(0);
  });

  test('429: it waits as long as Retry-After says', async () => {
    const storage = new MemoryStorage();
    const busy = () => new Response('', { status: 429, headers: { 'retry-after': '2' } });
    const { sent, fetch } = serverWith(busy);
    const startedMs = performance.now();
    const outcome = await clientOver(fetch, { storage }).order('o-1').confirmOrder();
    expect(outcome).toMatchObject({ outcome: 'accepted' });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_990);
    expect(sent).toHaveLength(2);
  });

  test('a `token` that cannot be had just now is no answer', async () => {
    let looks = 0;
    const token = () => {
      if (++looks < 3) throw new Error('The identity provider is out of reach.');
      return 'fresh';
    };
    const { fetch } = serverWith();
    const client = clientOver(fetch, { storage: new MemoryStorage() }, { as: 'ann', token });
    expect(await client.order('o-1').confirmOrder()).toMatchObject({ outcome: 'accepted' });
  });
});

describe('PD11 personal data gets into no storage', () => {
  test('a command that is kept in memory is sent in its order, and never stored', async () => {
    const storage = new MemoryStorage();
    const memoryOnly = { 'order/ConfirmOrder': true } as const;
    const waiting: KeyedCommand[][] = [];
    const client = clientOver(noServer, {
      ...{ storage, memoryOnly },
      onWaiting: (commands) => waiting.push([...commands]),
    });
    leave(client.order('o-1').confirmOrder());
    leave(client.order('o-1').markShipped());
    await until(() => waiting.at(-1)?.length === 2);
    expect([...storage.items.values()].join()).not.toContain('ConfirmOrder');
    expect([...storage.items.values()].join()).toContain('MarkShipped');
  });

  test('an app with personal data has to name all commands with it', () => {
    const storage = new MemoryStorage();
    const memoryOnly = { 'guest/RegisterGuest': true, 'guest/GreetGuest': true } as const;
    const guestClient = createClient<typeof guestApp>;
    const url = 'https://house.example';
    guestClient({ url, offline: {} });
    guestClient({ url, offline: { storage, memoryOnly } });
    // @ts-expect-error the storage would get personal data
    guestClient({ url, offline: { storage } });
    // @ts-expect-error GreetGuest is missing
    guestClient({ url, offline: { storage, memoryOnly: { 'guest/RegisterGuest': true } } });
  });
});
