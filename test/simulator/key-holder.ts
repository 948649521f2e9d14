/** A client with one API key, which it goes on using after the key was withdrawn: commands, queries, an open socket. */
import { type Client, createClient, type LiveQuery } from '../../client/index.ts';
import { ChaosClient } from '../chaos/client.ts';
import { commandTo } from '../chaos/order-book.ts';
import { oneOf } from '../chaos/random.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import type { Command } from '../checker/history.ts';
import type { Administration, IssuedCredential } from './administrator.ts';
import type { Cloud } from './cloud.ts';
import { HOLDERS, PARCELS } from './parcel-names.ts';
import type { parcelApp } from './parcels.ts';
import { recordedSockets } from './recorded-sockets.ts';

export interface AccessStage extends Administration {
  readonly cloud: Cloud;
}

/** Between two requests. */
const PAUSE_MS = 2_500;

const stale = findingsOf('stale');

export class KeyHolder {
  readonly credential: IssuedCredential;
  readonly #stage: AccessStage;
  readonly #client: ChaosClient;
  readonly #typed: Client<typeof parcelApp>;
  readonly #live: LiveQuery<unknown>;
  #commands = 0;

  constructor(stage: AccessStage, credential: IssuedCredential) {
    this.credential = credential;
    this.#stage = stage;
    const { url, recorder } = stage;
    this.#client = new ChaosClient(credential.name, () => url, recorder, credential);
    const WebSocket = recordedSockets(stage, credential.name, 'parcels');
    this.#typed = createClient<typeof parcelApp>({ url, token: credential.key, WebSocket });
    this.#live = this.#typed.live('parcels', {});
  }

  async run(isOver: () => boolean): Promise<void> {
    const { timeline, fate } = this.#stage.world;
    while (!isOver()) {
      await this.#turn();
      await timeline.sleep(fate.random(PAUSE_MS), `${this.credential.name} looks up`);
    }
  }

  /** Once nothing changes any more, a valid key's live query has what the query answers. */
  async findings(): Promise<Finding[]> {
    const { rows = [] } = (await this.#client.rows('parcels', [])) ?? {};
    const [shown, there] = [JSON.stringify(this.#live.rows), JSON.stringify(rows)];
    if (shown === there) return [];
    const detail = `${this.credential.name} is shown ${shown}, and there is ${there}.`;
    return [stale('live parcels', detail)];
  }

  close(): void {
    this.#typed.close();
  }

  #turn(): Promise<unknown> {
    const { random } = this.#stage.world.fate;
    const stream = this.#someStream();
    switch (random(9)) {
      case 0:
        return this.#client.countedRows('parcels');
      case 1:
        return this.#client.row('parcels', stream.slice('parcel/'.length), []);
      case 2:
        return this.#client.state(stream);
      case 3:
        return this.#client.events(stream, 0);
      case 4:
        return this.#client.follow(random(3));
      case 5:
        return this.#client.command(
          this.#keyed(stream, 'AcceptParcel', { holder: this.credential.holder }),
        );
      case 6:
        return this.#client.command(this.#keyed(stream, 'Weigh'));
      case 7:
        return this.#client.command(this.#handOver(stream));
      default:
        return this.#client.batch([
          this.#keyed(stream, 'Weigh'),
          this.#handOver(stream),
          this.#keyed(stream, 'Weigh'),
          this.#keyed(this.#someStream(), 'Weigh'),
        ]);
    }
  }

  #someStream(): string {
    return `parcel/${oneOf(this.#stage.world.fate.random, PARCELS)}`;
  }

  #handOver(stream: string): Command {
    return this.#keyed(stream, 'HandOver', {
      holder: oneOf(this.#stage.world.fate.random, HOLDERS),
    });
  }

  #keyed(stream: string, command: string, data: object = {}): Command {
    const key = `${this.credential.name}-${++this.#commands}`;
    return { ...commandTo(stream, command, data), key };
  }
}
