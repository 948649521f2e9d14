/** A minimal client of `/v1/live`: it keeps every frame, and applies each to its subscription's rows. */
import { evictDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import { applyChange, type LiveRow } from '../../../core/live/live-difference.ts';
import { type ServerFrame, serverFrame } from '../../../core/live/live-protocol.ts';
import type { LedgeEnv } from '../../../worker/runtime/env.ts';
import { env, fetchWorker } from './harness.ts';

type Subscribing = Readonly<Record<string, unknown>>;

export class LiveClient {
  readonly frames: ServerFrame[] = [];
  /** The code that the socket was closed with. */
  closed: number | undefined;
  closeReason = '';
  pongs = 0;
  /** The keys that its subscription had when the last `consistent` came. */
  keysWhenConsistent: readonly string[] = [];
  #broken: unknown;
  readonly #socket: WebSocket;
  readonly #rows = new Map<string, LiveRow[]>();
  readonly #seqs = new Map<string, string>();
  /** Called with the rows of a subscription whenever they have changed. */
  readonly #seen: (rows: readonly LiveRow[], id: string) => void;

  constructor(socket: WebSocket, seen: (rows: readonly LiveRow[], id: string) => void) {
    this.#socket = socket;
    this.#seen = seen;
    socket.addEventListener('message', ({ data }) => this.#takeOrBreak(String(data)));
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = code;
      this.closeReason = reason;
    });
    socket.accept();
  }

  /** An exception in a listener would be lost: it is passed to the waiting call. */
  #takeOrBreak(text: string): void {
    try {
      this.#take(text);
    } catch (error) {
      this.#broken ??= error;
    }
  }

  #sound(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  #take(text: string): void {
    if (text === 'pong') {
      this.pongs++;
      return;
    }
    const frame = serverFrame.parse(JSON.parse(text));
    this.frames.push(frame);
    if ('seq' in frame) this.#seqs.set(frame.id, frame.seq);
    if (frame.type === 'snapshot') this.#rows.set(frame.id, [...frame.rows]);
    if (frame.type === 'change') this.#rows.set(frame.id, applyChange(this.#kept(frame.id), frame));
    if (frame.type === 'consistent') this.keysWhenConsistent = this.keys(frame.id);
    if (frame.type === 'snapshot' || frame.type === 'change') {
      this.#seen(this.#kept(frame.id), frame.id);
    }
  }

  #kept(id: string): LiveRow[] {
    return this.#rows.get(id) ?? [];
  }

  /** Takes over what an earlier socket had. */
  goOnWith(earlier: LiveClient): void {
    for (const [id, rows] of earlier.#rows) this.#rows.set(id, rows);
    for (const [id, seq] of earlier.#seqs) this.#seqs.set(id, seq);
  }

  subscribe(id: string, query: string, more: Subscribing = {}): void {
    this.send({ type: 'subscribe', id, query, ...more });
  }

  send(frame: unknown): void {
    this.sendRaw(JSON.stringify(frame));
  }

  sendRaw(data: string | ArrayBuffer): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.close(1000, 'Enough.');
  }

  rows(id: string): unknown[] {
    return this.#kept(id).map(({ row }) => row);
  }

  keys(id: string): string[] {
    return this.#kept(id).map(({ key }) => key);
  }

  seq(id: string): string {
    return this.#seqs.get(id) ?? '';
  }

  types(id?: string): string[] {
    return this.frames.flatMap((frame) =>
      id === undefined || frame.id === id ? [frame.type] : [],
    );
  }

  last(): ServerFrame | undefined {
    return this.frames.at(-1);
  }

  /** Waits for a frame of this type beyond those that were there. */
  async next(type: ServerFrame['type'], id?: string): Promise<ServerFrame> {
    const known = this.frames.length;
    return vi.waitUntil(() => {
      this.#sound();
      return this.frames
        .slice(known)
        .find((frame) => frame.type === type && (id === undefined || frame.id === id));
    }, PATIENCE);
  }

  async until(isSo: () => boolean): Promise<void> {
    await vi.waitUntil(() => {
      this.#sound();
      return isSo();
    }, PATIENCE);
  }
}

const PATIENCE = { timeout: 40_000, interval: 10 };

const open: LiveClient[] = [];

/** For `afterEach`. */
export function closeAll(): void {
  for (const client of open.splice(0)) client.close();
}

export async function openLive(
  path = '/v1/live',
  seen: (rows: readonly LiveRow[], id: string) => void = () => undefined,
): Promise<LiveClient> {
  const { webSocket } = await fetchWorker(path, { headers: { upgrade: 'websocket' } });
  if (!webSocket) throw new Error('The server opened no socket.');
  const client = new LiveClient(webSocket, seen);
  open.push(client);
  return client;
}

export function liveObject(tenant = 'main', shard = 0): DurableObjectStub {
  return env.LIVE.getByName(`${tenant}/${shard}`);
}

/** Hibernation: memory is lost, sockets stay. */
export async function sleepLive(): Promise<void> {
  await evictAwake('hibernate');
}

/** A deployment: sockets are lost too. */
export async function loseLive(): Promise<void> {
  await evictAwake('close');
}

/** Only what runs can be evicted. */
async function evictAwake(webSockets: 'hibernate' | 'close'): Promise<void> {
  const { LIVE: objects }: LedgeEnv = env;
  await objects.getByName('main/0').changed([]);
  await evictDurableObject(liveObject(), { webSockets });
}
