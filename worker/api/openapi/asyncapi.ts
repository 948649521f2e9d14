/** The frames of `/v1/live` as AsyncAPI 3, out of the schemas that check them. Called by the route `/asyncapi.json`. */
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

/** Actions are the server's: it receives what a client sends. */
export function asyncapiDocument(basePath = '') {
  const messages = { ...messagesOf(received, 'input'), ...messagesOf(sent, 'output') };
  return {
    asyncapi: '3.0.0',
    info: { title: 'Ledge, live queries', version: '1.0.0', description: DESCRIPTION },
    channels: {
      live: {
        address: `${basePath}/v1/live`,
        description: CHANNEL,
        messages: refs(messages, '#/components/messages/'),
      },
    },
    operations: {
      receive: { action: 'receive', ...onLive(received) },
      send: { action: 'send', ...onLive(sent) },
    },
    components: { messages },
  } as const;
}

const DESCRIPTION = `Subscribe to a query to get its rows, then each change of them. To apply a change, remove
the rows that it deletes and upserts, then insert each upsert at its index, in their order.`;

const CHANNEL = `A WebSocket. Each frame is one JSON text; a client's has at most ${FRAME_CHARACTERS_MAX} characters. A frame that is
refused is answered with an error frame. A browser offers a
ticket as a subprotocol, \`${TICKET_SUBPROTOCOL}\` and the ticket, beside \`${LIVE_SUBPROTOCOL}\`. Closed with 4401 once the
credential has expired, 4403 once it was revoked, 1003 after a binary frame, 1008 after too many frames, 1009 after one that is
too large to be read, 1013 where the client has to reconnect.`;

type Frames = Readonly<Record<string, z.ZodType>>;

function messagesOf(frames: Frames, direction: 'input' | 'output') {
  const messages = Object.entries(frames).map(([name, schema]) => [
    name,
    { name, contentType: 'application/json', payload: jsonSchema(schema, direction) },
  ]);
  return Object.fromEntries(messages);
}

function onLive(frames: Frames) {
  return {
    channel: { $ref: '#/channels/live' },
    messages: Object.values(refs(frames, '#/channels/live/messages/')),
  };
}

function refs(named: object, place: string): Record<string, { readonly $ref: string }> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, { $ref: `${place}${name}` }]));
}
