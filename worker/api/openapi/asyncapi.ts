/**
 * What is sent and received as messages, as AsyncAPI 3.1: the feeds of publications, the webhooks of their subscriptions,
 * inbounds, live queries. Called by the route `/asyncapi.json`.
 */
import type { App } from '../../../core/app.ts';
import { asyncInboundPart } from './asyncapi-inbound.ts';
import { asyncLivePart } from './asyncapi-live.ts';
import type { AsyncDocument, AsyncMessages } from './asyncapi-part.ts';
import { asyncPublicationsPart } from './asyncapi-publications.ts';

/** Its version is the interface's own, the 1 of `/v1`. Operations are the server's: it receives what a client sends. */
export function asyncapiDocument(app: App, basePath = ''): AsyncDocument {
  const live = asyncLivePart(basePath);
  const publications = asyncPublicationsPart(app, basePath);
  const inbound = asyncInboundPart(app, basePath);
  const messages: AsyncMessages = {
    ...live.messages,
    ...publications.messages,
    ...inbound.messages,
  };
  return {
    asyncapi: '3.1.0',
    info: { title: 'Ledge', version: '1.0.0', description: DESCRIPTION },
    channels: { ...live.channels, ...publications.channels, ...inbound.channels },
    operations: { ...live.operations, ...publications.operations, ...inbound.operations },
    components: { messages, schemas: { ...publications.schemas, ...inbound.schemas } },
  };
}

const DESCRIPTION = `Public events are CloudEvents 1.0: a consumer reads the feed of a publication, or a subscription sends
them to it as webhooks. An inbound takes messages of another system. Live queries are a protocol of their own. Requests and responses
are described by \`/openapi.json\`.`;
