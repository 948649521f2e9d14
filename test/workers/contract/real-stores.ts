/** The real thing, by its two doors: the object itself, and HTTP. */
import { fingerprint } from '../../../worker/commands/fingerprint.ts';
import { aggregateOf, get, send } from '../support/harness.ts';
import type { EventStore } from './event-store.ts';

export const objectStore: EventStore = {
  async execute({ stream, name, data, ...options }) {
    const command = {
      name,
      data,
      ...options,
      fingerprint: fingerprint(name, data),
      actor: 'somebody',
    };
    const [outcome] = await aggregateOf(stream).execute([command]);
    if (!outcome) throw new Error('One command in, one outcome out.');
    return outcome;
  },
  events: (stream, { limit = 100, direction = 'forwards', ...page } = {}) => {
    const after = page.after ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    return aggregateOf(stream).events({ after, limit, direction });
  },
  state: (stream) => aggregateOf(stream).currentState(),
};

/** A problem is its failure's own members and RFC 9457's; the first are what the contract is about. */
export const httpStore: EventStore = {
  async execute({ stream, name, data, idempotencyKey, expectedVersion }) {
    const { body } = await send(stream, name, data, {
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...(expectedVersion !== undefined && { 'if-match': `"${expectedVersion}"` }),
    });
    const { type, title: _title, status: _status, detail: _detail, ...members } = body;
    return JSON.parse(
      JSON.stringify({
        outcome: String(type ?? '')
          .split('/')
          .at(-1),
        ...members,
      }),
    );
  },
  async events(stream, page = {}) {
    const query = new URLSearchParams(
      Object.entries(page).map(([name, value]) => [name, String(value)]),
    );
    const { body } = await get(`/v1/streams/${stream}?${query}`);
    return JSON.parse(JSON.stringify(body.events));
  },
  async state(stream) {
    const { status, body } = await get(`/v1/aggregates/${stream}`);
    if (status === 404) return { version: 0, state: { status: 'none' } };
    return { version: Number(body.version), state: body.state };
  },
};
