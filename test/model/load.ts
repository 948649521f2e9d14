/** Commands at a rate, whatever becomes of those before: at moments by chance, to streams as the setting says. */

import { zipf } from '../../bench/soak/zipf.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type Random, seeded } from '../chaos/random.ts';
import type { World } from '../simulator/process.ts';
import type { Counting } from './counts.ts';
import type { PlatformModel } from './platform-model.ts';
import type { ModelSetting } from './setting.ts';

export interface LoadParts {
  readonly world: World;
  readonly counting: Counting;
  readonly platform: PlatformModel;
  readonly setting: ModelSetting;
  readonly newId: () => string;
}

const SEED = 7;
const GRAIN = 1_000_000;

/** Longer than an object waits for its confirmation. */
const WIDE_SECONDS = 12;
const ZIPF_STREAMS = 1_000;
const ZIPF_EXPONENT = 1.1;

export class Load {
  readonly #parts: LoadParts;
  /** Its own: the same seed is the same load on any platform. */
  readonly #random: Random = seeded(SEED);
  readonly #next: () => number;
  /** By stream, the pieces that were received: what the read model has to show. */
  readonly accepted = new Map<string, number>();
  #underWay = 0;

  constructor(parts: LoadParts) {
    this.#parts = parts;
    this.#next = streamsOf(parts.setting, this.#random);
  }

  /** Resolves when the last command is sent and answered. */
  async run(seconds: number): Promise<void> {
    const { timeline } = this.#parts.world;
    const { commandsPerSecond } = this.#parts.setting;
    const endMs = timeline.nowMs + seconds * 1_000;
    for (;;) {
      const waitMs = (-Math.log(1 - this.#random(GRAIN) / GRAIN) * 1_000) / commandsPerSecond;
      if (timeline.nowMs + waitMs >= endMs) break;
      await timeline.sleep(waitMs, 'a command');
      void this.send(`p-${this.#next()}`);
    }
    await timeline.sleep(endMs - timeline.nowMs, 'the load ends');
    while (this.#underWay > 0) await timeline.sleep(10, 'commands are under way');
  }

  /** To each tenant, so that every database begins its read models. */
  async begin(): Promise<void> {
    const { platform } = this.#parts;
    await platform.provision();
    for (const index of platform.tenants.keys()) await this.send(`first-${index}`);
  }

  async send(id: string): Promise<void> {
    const { counting, setting, world } = this.#parts;
    const { now } = counting;
    const startMs = world.timeline.nowMs;
    now.commands++;
    this.#underWay++;
    const pieces = this.accepted.get(id);
    if (pieces === undefined) this.accepted.set(id, 0);
    const isAccepted =
      setting.objects === 'relay' ? this.#append(id, pieces) : await this.#command(id, pieces);
    if (!isAccepted) now.failed++;
    else if (pieces !== undefined) this.accepted.set(id, (this.accepted.get(id) ?? 0) + 1);
    now.commandMs.push(world.timeline.nowMs - startMs);
    this.#underWay--;
  }

  /** To an object as it is deployed. */
  async #command(id: string, pieces: number | undefined): Promise<boolean> {
    const [command, data] = commandOf(pieces);
    const path = `/v1/commands/product/${id}/${command}`;
    return (await this.#parts.platform.post(path, data)) < 300;
  }

  /** To an object that is its relay: what a command would have committed. */
  #append(id: string, pieces: number | undefined): boolean {
    const stream = `product/${id}`;
    const { relayObjects, tenants } = this.#parts.platform;
    // By the number in its name, so that a stream has one tenant.
    const tenant = tenants[Number(id.split('-')[1]) % tenants.length] ?? '';
    const object = relayObjects.of(tenant, stream);
    object.append(this.#eventOf({ tenant, stream }, object.nextVersion, pieces));
    return true;
  }

  #eventOf(
    { tenant, stream }: { readonly tenant: string; readonly stream: string },
    version: number,
    pieces: number | undefined,
  ): StoredEvent {
    const [, data] = commandOf(pieces);
    const recordedAt = new Date(this.#parts.world.timeline.wallMs).toISOString();
    const commandId = this.#parts.newId();
    return {
      ...{ id: this.#parts.newId(), tenant, stream, version, data },
      ...{ type: pieces === undefined ? 'ProductRegistered' : 'StockReceived', schemaVersion: 1 },
      ...{ recordedAt, occurredAt: recordedAt },
      metadata: {
        actor: 'local-developer',
        ...{ commandId, causationId: commandId, correlationId: commandId },
      },
    };
  }
}

/** The first one to a stream registers its product. */
function commandOf(pieces: number | undefined) {
  return pieces === undefined
    ? (['RegisterProduct', { name: 'Chai', priceCents: 1_800 }] as const)
    : (['ReceiveStock', { quantity: 1 }] as const);
}

function streamsOf({ load, commandsPerSecond }: ModelSetting, random: Random): () => number {
  let sent = 0;
  const wide = commandsPerSecond * WIDE_SECONDS;
  if (load === 'zipf') return zipf(random, ZIPF_STREAMS, ZIPF_EXPONENT);
  return () => (load === 'hot' ? 0 : sent++ % wide);
}
