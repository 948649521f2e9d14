/** The frames of `/v1/live` as AsyncAPI, out of the schemas that check them. */
import type * as z from 'zod';
import { LIVE_SUBPROTOCOL, TICKET_SUBPROTOCOL } from '../../../core/live/live-limits.ts';
import {
  changeFrame,
  consistentFrame,
  currentFrame,
  errorFrame,
  FRAME_CHARACTERS_MAX,
  renewedFrame,
  renewFrame,
  snapshotFrame,
  subscribeFrame,
  unsubscribeFrame,
} from '../../../core/live/live-protocol.ts';
import { type AsyncMessages, messageRefs, onChannel } from './asyncapi-part.ts';
import { jsonSchema } from './json-schema.ts';

const received = { subscribe: subscribeFrame, unsubscribe: unsubscribeFrame, renew: renewFrame };

const sent = {
  snapshot: snapshotFrame,
  change: changeFrame,
  current: currentFrame,
  consistent: consistentFrame,
  renewed: renewedFrame,
  error: errorFrame,
};

export function asyncLivePart(basePath: string) {
  const messages = { ...messagesOf(received, 'input'), ...messagesOf(sent, 'output') };
  return {
    channels: {
      live: {
        address: `${basePath}/v1/live`,
        description: CHANNEL,
        messages: messageRefs(Object.keys(messages)),
      },
    },
    operations: {
      receive: onChannel('live', 'receive', Object.keys(received)),
      send: onChannel('live', 'send', Object.keys(sent)),
    },
    messages,
    schemas: {},
  } as const;
}

const CHANNEL = `A WebSocket on which a client subscribes to queries: it gets their rows, then each change of them. To apply a change,
remove the rows that it deletes and upserts, then insert each upsert at its index, in their order.

Each frame is one JSON text; a client's has at most ${FRAME_CHARACTERS_MAX} characters. A frame that is
refused is answered with an error frame. A browser offers a
ticket as a subprotocol, \`${TICKET_SUBPROTOCOL}\` and the ticket, beside \`${LIVE_SUBPROTOCOL}\`. Closed with 4401 once the
credential has expired, 4403 once it was revoked, 1003 after a binary frame, 1008 after too many frames, 1009 after one that is
too large to be read, 1013 where the client has to reconnect.`;

type Frames = Readonly<Record<string, z.ZodType>>;

function messagesOf(frames: Frames, direction: 'input' | 'output'): AsyncMessages {
  const messages = Object.entries(frames).map(([name, schema]) => [
    name,
    { name, contentType: 'application/json', payload: jsonSchema(schema, direction) },
  ]);
  return Object.fromEntries(messages);
}
