/**
 * The globals by which a program knows the world, replaced for one simulation: clock, timers, fraction, sockets. The
 * simulator has a process of its own, so that no other code is affected.
 */
import nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Cloud } from './cloud.ts';
import { immediateSubtle } from './immediate-crypto.ts';
import type { World } from './process.ts';
import { SocketEnd } from './sockets.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

export function replaceGlobals(
  world: World,
  cloud: Pick<Cloud, 'fetch'>,
  receiver?: WebhookReceiver,
): void {
  const { timeline, fate } = world;
  const timers = new Map<number, () => void>();
  let ids = 0;
  const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const id = ++ids;
    const fire = () => {
      timers.delete(id);
      run(...args);
    };
    timers.set(id, timeline.in(ms, `timer ${id}`, fire, true));
    return id;
  };
  const clear = (id: number) => {
    timers.get(id)?.();
    timers.delete(id);
  };
  class WebSocketPair {
    readonly 0: SocketEnd;
    readonly 1: SocketEnd;
    constructor() {
      [this[0], this[1]] = SocketEnd.pair(world);
    }
  }
  Object.assign(globalThis, {
    setTimeout: set,
    clearTimeout: clear,
    scheduler: { wait: (ms: number, options?: WaitOptions) => wait(set, clear, ms, options) },
    fetch: (url: string, init: RequestInit = {}) =>
      receiver?.serves(url) ? receiver.fetch(url, init) : cloud.fetch(url, init),
    Response: SimulatedResponse,
    WebSocketPair,
    WebSocketRequestResponsePair: class {},
  });
  performance.now = () => timeline.nowMs;
  Date.now = () => timeline.wallMs;
  Math.random = () => fate.fraction();
  crypto.getRandomValues = (array) => {
    if (array instanceof Uint8Array)
      array.forEach((_, index) => {
        array[index] = fate.random(255);
      });
    return array;
  };
  // What imports it by name gets it too.
  nodeCrypto.randomBytes = (size: number) =>
    Buffer.from(Array.from({ length: size }, () => fate.random(255)));
  syncBuiltinESMExports();
  Object.defineProperty(crypto, 'subtle', { value: immediateSubtle });
  crypto.randomUUID = () => {
    const hex = fate
      .random(2 ** 31 - 2)
      .toString(16)
      .padStart(12, '0');
    return `00000000-0000-4000-8000-${hex}`;
  };
}

interface WaitOptions {
  readonly signal?: AbortSignal;
}

type SetTimer = (run: () => void, ms: number) => number;

function wait(
  set: SetTimer,
  clear: (id: number) => void,
  ms: number,
  { signal }: WaitOptions = {},
) {
  return new Promise<void>((resolve, reject) => {
    const id = set(resolve, ms);
    signal?.addEventListener('abort', () => {
      clear(id);
      reject(signal.reason);
    });
  });
}

const NodeResponse = globalThis.Response;

/** Node's, which knows no sockets and refuses 101. */
class SimulatedResponse extends NodeResponse {
  override readonly webSocket: WebSocket | null;

  constructor(body?: BodyInit | null, init: ResponseInit = {}) {
    const { status = 200, statusText = '', headers, webSocket = null } = init;
    super(body, { status: status === 101 ? 200 : status, statusText, ...(headers && { headers }) });
    this.webSocket = webSocket;
    if (status === 101) Object.defineProperty(this, 'status', { value: 101 });
  }
}
