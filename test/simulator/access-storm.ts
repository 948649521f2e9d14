/**
 * Clients with keys and access rules, in a storm of their own: an administrator rotates and revokes keys, blocks
 * principals, issues keys with other roles and rows, and suspends the tenant. Parcels change hands, objects sleep and
 * isolates end. Clocks run evenly meanwhile, so that ten seconds are ten seconds.
 */
import { ChaosClient } from '../chaos/client.ts';
import { commandTo } from '../chaos/order-book.ts';
import { oneOf } from '../chaos/random.ts';
import type { Finding } from '../checker/finding.ts';
import { Administrator, type IssuedCredential, type ParcelRights } from './administrator.ts';
import { type AccessStage, KeyHolder } from './key-holder.ts';
import { HOLDERS, PARCELS } from './parcel-names.ts';
import { comparison } from './parcels.ts';

const STORM_MS = 35_000;

/** The last change takes effect before the storm ends. */
const CHANGES_MS = 18_000;

const GRACE_MS_MAX = 8_000;

/** Longer than the ten seconds after which it holds everywhere, and over before the storm is. */
const SUSPENDED_MS = 13_000;

export class AccessStorm {
  readonly #stage: AccessStage;
  readonly #administrator: Administrator;
  readonly #holders: KeyHolder[] = [];
  readonly #work: Promise<void>[] = [];
  readonly #valid: IssuedCredential[] = [];
  readonly #beganAtMs: number;

  constructor(stage: AccessStage) {
    this.#stage = stage;
    this.#administrator = new Administrator(stage);
    this.#beganAtMs = stage.world.timeline.nowMs;
  }

  async rage(): Promise<void> {
    const isOver = () => this.#elapsedMs > STORM_MS;
    await this.#administrator.provision();
    for (const holder of HOLDERS) await this.#issue({ holder, role: 'holder' });
    await this.#issue({ holder: 'dora', role: 'supervisor' });
    await Promise.all([this.#administrate(), this.#move(isOver), this.#forget(isOver)]);
    await Promise.all(this.#work);
  }

  /** Of the live queries, and of the rules that were asked about another state than `decide`. */
  async findings(): Promise<Finding[]> {
    const valid = this.#holders.filter(({ credential }) => this.#valid.includes(credential));
    const found: Finding[] = [];
    for (const holder of valid) found.push(...(await holder.findings()));
    for (const holder of this.#holders) holder.close();
    return [...found, ...comparison.takeFindings()];
  }

  get #elapsedMs(): number {
    return this.#stage.world.timeline.nowMs - this.#beganAtMs;
  }

  async #administrate(): Promise<void> {
    const { timeline, fate } = this.#stage.world;
    while (this.#elapsedMs < CHANGES_MS) {
      await timeline.sleep(fate.random(5_000), 'the administrator looks up');
      const credential = oneOf(fate.random, this.#valid);
      if (credential) await this.#change(credential);
    }
    if (fate.random(2) === 0) return;
    await this.#administrator.suspend();
    await timeline.sleep(SUSPENDED_MS, 'the tenant is suspended');
    await this.#administrator.resume();
  }

  /** Another secret, other rows, or another role. */
  async #change(credential: IssuedCredential): Promise<void> {
    const { random } = this.#stage.world.fate;
    this.#valid.splice(this.#valid.indexOf(credential), 1);
    const change = random(3);
    if (change === 0) {
      this.#use(await this.#administrator.rotate(credential, random(GRACE_MS_MAX)));
      return;
    }
    if (random(3) === 0) await this.#administrator.block(credential);
    else await this.#administrator.revoke(credential);
    const { role } = credential;
    const holder = oneOf(random, HOLDERS) ?? '';
    if (change === 1) await this.#issue({ holder, role });
    else await this.#issue({ holder, role: role === 'holder' ? 'supervisor' : 'holder' });
  }

  async #issue(rights: ParcelRights): Promise<void> {
    this.#use(await this.#administrator.issue(rights));
  }

  #use(credential: IssuedCredential): void {
    const holder = new KeyHolder(this.#stage, credential);
    this.#valid.push(credential);
    this.#holders.push(holder);
    this.#work.push(holder.run(() => this.#elapsedMs > STORM_MS));
  }

  /** A client that no rule concerns moves rows from one caller's to another's. */
  async #move(isOver: () => boolean): Promise<void> {
    const { url, recorder, world } = this.#stage;
    const { timeline, fate } = world;
    const mover = new ChaosClient('mover', () => url, recorder);
    while (!isOver()) {
      const stream = `parcel/${oneOf(fate.random, PARCELS)}`;
      const command = fate.random(3) === 0 ? 'AcceptParcel' : 'HandOver';
      await mover.command(commandTo(stream, command, { holder: oneOf(fate.random, HOLDERS) }));
      await timeline.sleep(fate.random(1_500), 'the mover looks up');
    }
  }

  async #forget(isOver: () => boolean): Promise<void> {
    const { world, cloud } = this.#stage;
    while (!isOver()) {
      await world.timeline.sleep(world.fate.random(4_000), 'memory is lost');
      if (world.fate.random(2) === 0) cloud.putToSleep();
      else cloud.replaceIsolate(world.fate.random(2));
    }
  }
}
