/** A user with an open page: the rows of a live query in the shipped client have to equal the read model in the end. */
import {
  type Client,
  type ClientOptions,
  createClient,
  type LiveQuery,
} from '../../client/index.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import type { Reader } from '../e2e/crash/reader.ts';
import type { app } from '../shop/app.ts';

const stale = findingsOf('stale');

export class Follower {
  readonly #projection: string;
  readonly #client: Client<typeof app>;
  readonly #query: LiveQuery<unknown>;

  constructor(options: ClientOptions, projection: 'orders' | 'products') {
    this.#projection = projection;
    this.#client = createClient<typeof app>(options);
    this.#query = this.#client.live(projection, {});
  }

  close(): void {
    this.#client.close();
  }

  /** Nothing, when it shows what there is. */
  async findings(reader: Reader): Promise<Finding[]> {
    const { rows } = await reader.get<{ rows: unknown[] }>(`/v1/queries/${this.#projection}`);
    const [shown, there] = [JSON.stringify(this.#query.rows), JSON.stringify(rows)];
    if (shown === there) return [];
    return [stale(`live ${this.#projection}`, `It shows ${shown}, and there is ${there}.`)];
  }
}
