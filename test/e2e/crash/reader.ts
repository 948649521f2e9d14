/** Reads from the outside what a server has: logs, journal, read models. Needs it to be alive. */

import { verifyJournal } from '../../../cli/operations/verify-journal.ts';
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { parsePosition } from '../../../core/plan/journal-position.ts';
import type { MemoryRow } from '../../../core/projection/memory-rows.ts';
import { answerIn, type ClientCredential, shownPosition } from '../../chaos/credential.ts';

const PAGE_MAX = 1_000;

type Placed<Position> = StoredEvent & { readonly position: Position };

/** With its place in the journal in place of the text that says it. */
function placed({ position, ...event }: Placed<string>): Placed<number> {
  return { ...event, position: parsePosition(position)?.position ?? 0 };
}

/** One page, and how to get the next. */
type Page = Readonly<Record<string, unknown>> & { readonly cursor?: string };

export class Reader {
  readonly #url: () => string | undefined;
  readonly #credential: ClientCredential | undefined;

  /** `credential`: left out, the server asks for none. */
  constructor(url: () => string | undefined, credential?: ClientCredential) {
    this.#url = url;
    this.#credential = credential;
  }

  async get<Body>(path: string): Promise<Body> {
    return this.#request(path, {});
  }

  async post<Body>(path: string, body: object = {}): Promise<Body> {
    const headers = { 'content-type': 'application/json' };
    return this.#request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Undefined when it is not there. */
  async find<Body>(path: string): Promise<Body | undefined> {
    const response = await this.#fetch(path);
    return response.status === 404 ? undefined : this.#body(path, response);
  }

  async #request<Body>(path: string, init: RequestInit): Promise<Body> {
    return this.#body(path, await this.#fetch(path, init));
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const bearer = this.#credential && { authorization: `Bearer ${this.#credential.key}` };
    return fetch(`${this.#url()}${path}`, { ...init, headers: { ...init.headers, ...bearer } });
  }

  async #body<Body>(path: string, response: Response): Promise<Body> {
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
    // What the route answers.
    return answerIn(text, this.#credential) as Body;
  }

  async #pages<Item>(path: string, member: string): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const page: Page = await this.get(
        `${path}?limit=${PAGE_MAX}${cursor && `&cursor=${cursor}`}`,
      );
      // What the route answers.
      items.push(...(page[member] as Item[]));
      cursor = page.cursor;
    }
    return items;
  }

  /** How far D1 has each stream. Wakes no object, so it cannot bring anything on. */
  async checkpoints(aggregate: string): Promise<{ stream: string; version: number }[]> {
    return this.#pages(`/v1/streams/${aggregate}`, 'streams');
  }

  rows(projection: string): Promise<MemoryRow[]> {
    return this.#pages(`/v1/queries/${projection}`, 'rows');
  }

  /** A stream's events, from its object. */
  async log(stream: string): Promise<StoredEvent[]> {
    const log: StoredEvent[] = [];
    for (;;) {
      const path = `/v1/streams/${stream}?limit=${PAGE_MAX}&after=${log.length}`;
      const { events } = await this.get<{ events: StoredEvent[] }>(path);
      if (events.length === 0) return log;
      log.push(...events);
    }
  }

  /** A stream's newest version, from its object. */
  async head(stream: string): Promise<number> {
    const path = `/v1/streams/${stream}?limit=1&direction=backwards`;
    const { events } = await this.get<{ events: StoredEvent[] }>(path);
    return events[0]?.version ?? 0;
  }

  /** Every event, by position. */
  async journal(): Promise<Placed<number>[]> {
    const journal: Placed<number>[] = [];
    for (let after = '', end = false; !end; ) {
      const path = `/v1/events?limit=${PAGE_MAX}${after && `&after=${shownPosition(after, this.#credential)}`}`;
      const page = await this.get<{ events: Placed<string>[]; after: string }>(path);
      journal.push(...page.events.map(placed));
      end = page.after === after;
      ({ after } = page);
    }
    return journal;
  }

  /** Those that wait, and those that have been dealt with. */
  deadLetters(): Promise<{ readonly status: string }[]> {
    return this.#pages('/v1/dead-letters', 'deadLetters');
  }

  /** Compares the whole journal with the objects' logs and the checkpoints. */
  async verifyJournal(): Promise<{ checked: number; differences: readonly unknown[] }> {
    const server = { url: this.#url() ?? '' };
    const { checked, differences } = await verifyJournal(server, () => undefined);
    return { checked, differences };
  }
}
