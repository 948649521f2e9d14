/** Requests under one API key, on a network that loses some. */
import type { AccessStage } from './key-holder.ts';

export interface CallerAnswer {
  readonly status: number;
  readonly text: string;
}

/** Longer and longer: what is asked again writes, and a write is what finds D1 full. */
const TRY_AGAIN_MS = { first: 500, max: 16_000 };

export class KeyedCaller {
  readonly #stage: AccessStage;
  readonly #key: string;

  constructor(stage: AccessStage, key: string) {
    this.#stage = stage;
    this.#key = key;
  }

  /** Undefined: it was lost, or its answer was. */
  async ask(
    method: string,
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<CallerAnswer | undefined> {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${this.#key}`,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    try {
      const answer = await fetch(`${this.#stage.url}/v1/${path}`, init);
      return { status: answer.status, text: await answer.text() };
    } catch {
      return undefined;
    }
  }

  /** All events of a stream, a page after the other: a page ends at bytes, too. */
  async eventsOf<Event extends { readonly version: number }>(stream: string): Promise<Event[]> {
    const events: Event[] = [];
    for (;;) {
      const after = events.at(-1)?.version ?? 0;
      const answer = await this.ask('GET', `streams/${stream}?limit=500&after=${after}`);
      // 404: it has no events.
      if (answer?.status !== 200) return events;
      const page: { events: Event[] } = JSON.parse(answer.text);
      if (page.events.length === 0) return events;
      events.push(...page.events);
    }
  }

  /** Sent until it succeeds, under one key. */
  async accepted(
    method: string,
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<string> {
    for (let failures = 0; ; failures++) {
      const answer = await this.ask(method, path, body, idempotencyKey);
      if (answer && answer.status >= 200 && answer.status < 300) return answer.text;
      const pauseMs = Math.min(TRY_AGAIN_MS.first * 2 ** failures, TRY_AGAIN_MS.max);
      await this.#stage.world.timeline.sleep(pauseMs, 'it is sent again');
    }
  }
}
