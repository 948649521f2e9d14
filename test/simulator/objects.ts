/**
 * Durable Objects of one class: each has a name, storage that lasts, and one life after the other. A life ends when it
 * dies, with all that was under way, or when it is put to sleep, which its sockets outlive.
 */
import { ask, never, Process, type ProcessKind, type World } from './process.ts';
import type { SocketEnd } from './sockets.ts';
import { SimulatedStorage } from './storage.ts';

type Method = (...args: unknown[]) => unknown;

/** An object's class, as the platform sees it. */
export type ObjectClass = new (ctx: DurableObjectState, env: never) => object;

export interface ObjectSetting {
  readonly world: World;
  readonly kind: ProcessKind;
  readonly Class: ObjectClass;
  /** The bindings of a life. */
  readonly envOf: (life: Process) => unknown;
}

/** As the platform: it tries an alarm that throws six times again. */
const ALARM_RETRIES = 6;
const ALARM_RETRY_AFTER_MS = 2_000;

export class ObjectNamespace {
  readonly #setting: ObjectSetting;
  readonly #hosts = new Map<string, Host>();

  constructor(setting: ObjectSetting) {
    this.#setting = setting;
  }

  /** The binding, as a process sees it. */
  seenBy(process: Process) {
    return { getByName: (name: string) => this.#stub(process, name) };
  }

  /** Some of those that live are put to sleep, which costs them what they had in memory. */
  putToSleep(): void {
    for (const host of this.#hosts.values()) host.sleep();
  }

  /** All that live die, with what was under way. */
  kill(): void {
    for (const host of this.#hosts.values()) host.kill();
  }

  /** What they have written, beside all limits. */
  rows() {
    return Array.from(this.#hosts, ([object, host]) =>
      Array.from(host.rows(), (stored) => ({ object, ...stored })),
    ).flat();
  }

  #stub(process: Process, name: string): object {
    const { world, kind } = this.#setting;
    const call = (method: string, args: unknown[]) =>
      ask(world, process, {
        what: `${kind}.${method}`,
        lost: () => Object.assign(new Error('Network connection lost.'), { retryable: true }),
        serve: () => this.#host(name).call(method, args),
      });
    // A stub has the methods of its object, and is not a promise.
    return new Proxy(
      {},
      {
        get: (_, method) =>
          method === 'then' ? undefined : (...args: unknown[]) => call(String(method), args),
      },
    );
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name) ?? new Host(this.#setting, name);
    this.#hosts.set(name, known);
    return known;
  }
}

class Life extends Process {
  readonly #storage: SimulatedStorage;
  readonly object: Readonly<Record<string, Method | undefined>>;
  /** Calls, alarms and other work under way. */
  underWay = 0;

  constructor(setting: ObjectSetting, name: string, host: Host, storage: SimulatedStorage) {
    super(setting.kind, name);
    this.#storage = storage;
    const ctx = {
      id: { name, toString: () => name },
      storage: storage.seenBy(this),
      waitUntil: (work: Promise<unknown>) => void this.during(() => work).catch(() => undefined),
      acceptWebSocket: (socket: SocketEnd, tags: readonly string[] = []) =>
        host.accept(socket, tags),
      getTags: (socket: SocketEnd) => socket.tags,
      getWebSockets: () => host.sockets,
      setWebSocketAutoResponse: () => undefined,
      getWebSocketAutoResponseTimestamp: () => host.pingedAt,
    };
    const made = new setting.Class(
      ctx as unknown as DurableObjectState,
      setting.envOf(this) as never,
    );
    this.object = Object(made);
  }

  override written(): Promise<void> {
    return this.isDead ? never() : this.#storage.written();
  }

  async during<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    this.underWay++;
    try {
      return await work();
    } finally {
      this.underWay--;
    }
  }
}

class Host {
  readonly #setting: ObjectSetting;
  readonly #name: string;
  readonly #storage: SimulatedStorage;
  #life: Life | undefined;
  #alarmFailures = 0;
  sockets: SocketEnd[] = [];
  pingedAt: Date | null = null;

  constructor(setting: ObjectSetting, name: string) {
    this.#setting = setting;
    this.#name = name;
    this.#storage = new SimulatedStorage(setting.world, `${setting.kind} ${name}`, () =>
      this.#ring(),
    );
  }

  /** What goes in and comes out is copied; a request and its response pass as they are. */
  async call(method: string, args: unknown[]): Promise<unknown> {
    const { fate } = this.#setting.world;
    const isRequest = method === 'fetch';
    const life = this.#alive();
    if (fate.strikes(`${life.kind} dies before its work`)) life.die();
    const answer = await this.#asLongAsItLives(life, async () => {
      const given = isRequest ? args : structuredClone(args);
      // It is awake until its answer has left it.
      const answer = await life.during(async () => {
        const answer = await life.object[method]?.(...given);
        await life.written();
        return answer;
      });
      if (fate.strikes(`${life.kind} dies after its work`)) life.die();
      return isRequest ? answer : structuredClone(answer);
    });
    if (fate.strikes(`${life.kind} falls asleep`)) this.sleep();
    return answer;
  }

  /** Only where nothing is under way. */
  sleep(): void {
    const life = this.#life;
    if (!life || life.underWay > 0) return;
    void this.#storage.written().then(() => {
      if (this.#life !== life || life.underWay > 0) return;
      this.#setting.world.timeline.note(`${life.kind} ${life.name} sleeps`);
      this.#life = undefined;
      life.die();
    });
  }

  kill(): void {
    this.#life?.die();
  }

  rows() {
    return this.#storage.rows();
  }

  accept(socket: SocketEnd, tags: readonly string[]): void {
    socket.tags = tags;
    this.sockets.push(socket);
    socket.listen((type, { data = '' }) => {
      if (type === 'message' && data === 'ping') {
        this.pingedAt = new Date(this.#setting.world.timeline.wallMs);
        if (socket.isOpen) socket.send('pong');
      } else if (type === 'message') {
        this.#handle('webSocketMessage', socket, data);
      } else if (type === 'close') {
        this.#forget(socket);
      }
    });
  }

  #forget(socket: SocketEnd): void {
    if (!this.sockets.includes(socket)) return;
    this.#handle('webSocketClose', socket);
    this.sockets = this.sockets.filter((one) => one !== socket);
  }

  #handle(method: string, ...args: unknown[]): void {
    const life = this.#alive();
    void life.during(() => life.object[method]?.(...args));
  }

  #alive(): Life {
    if (this.#life) return this.#life;
    const life = new Life(this.#setting, this.#name, this, this.#storage);
    this.#life = life;
    life.onDeath(() => {
      if (this.#life !== life) return;
      this.#life = undefined;
      this.#storage.lose();
      for (const socket of this.sockets.splice(0)) socket.break();
    });
    return life;
  }

  /** Rejects calls that wait for a process that ends. */
  #asLongAsItLives<Result>(life: Life, work: () => Promise<Result>): Promise<Result> {
    const reset = Object.assign(new Error('The object was reset.'), {
      retryable: true,
      durableObjectReset: true,
    });
    if (life.isDead) return Promise.reject(reset);
    return new Promise((resolve, reject) => {
      const done = life.onDeath(() => reject(reset));
      void work().then(resolve, reject).finally(done);
    });
  }

  async #ring(): Promise<void> {
    const { fate } = this.#setting.world;
    if (!this.#storage.beginRinging()) return;
    const life = this.#alive();
    if (fate.strikes(`${life.kind} dies before its alarm's work`)) life.die();
    if (life.isDead) return;
    try {
      await life.during(() => life.object.alarm?.());
      await life.written();
    } catch {
      // As a throw: it is tried again.
      if (life.isDead) return;
      this.#alarmFailures++;
      if (this.#alarmFailures > ALARM_RETRIES) throw new Error('An alarm was given up.');
      this.#storage.endRinging(ALARM_RETRY_AFTER_MS * 2 ** this.#alarmFailures);
      return;
    }
    if (fate.strikes(`${life.kind} dies after its alarm's work`)) life.die();
    if (life.isDead) return;
    this.#alarmFailures = 0;
    this.#storage.endRinging(fate.strikes('an alarm goes off twice') ? 0 : undefined);
  }
}
