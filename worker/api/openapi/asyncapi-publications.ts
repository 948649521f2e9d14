/** Publications as AsyncAPI: a channel for the feed of each, and one for the webhooks of its subscriptions. */
import { type App, publicationsOf } from '../../../core/app.ts';
import type { PublicEventDefinition } from '../../../core/publication/public-event.ts';
import { CLOUD_EVENT } from '../../inbound/read-messages.ts';
import { schemaPath } from '../../publications/feed/cloud-event.ts';
import {
  type AsyncMessage,
  type AsyncPart,
  messageRefs,
  onChannel,
  overHttp,
} from './asyncapi-part.ts';
import { schemasOf } from './json-schema.ts';
import { objectOf, type Schema } from './operation.ts';
import { publicEvent } from './publications.ts';
import { componentName, schemaRef } from './references.ts';
import { webhookHeaders } from './webhook-headers.ts';

interface PublicVersion {
  readonly type: string;
  readonly definition: PublicEventDefinition;
}

export function asyncPublicationsPart(app: App, basePath: string): AsyncPart {
  const publications = publicationsOf(app);
  const parts = publications.map(({ name, events }) =>
    channelsOf(name, versionsOf(events), basePath),
  );
  const versions = publications.flatMap(({ events }) => versionsOf(events));
  const data = versions.map((version) => [nameOf(version), version.definition.schema] as const);
  return {
    channels: Object.assign({}, ...parts.map(({ channels }) => channels)),
    operations: Object.assign({}, ...parts.map(({ operations }) => operations)),
    messages: Object.fromEntries(versions.flatMap(messagesOf)),
    schemas: {
      ...(versions.length > 0 && { PublicEvent: publicEvent }),
      ...schemasOf(DATA, Object.fromEntries(data), 'output'),
    },
  };
}

/** The namespace of the schemas of data. */
const DATA = 'public';

function versionsOf(events: Readonly<Record<string, readonly PublicEventDefinition[]>>) {
  return Object.entries(events).flatMap(([type, versions]) =>
    versions.map((definition): PublicVersion => ({ type, definition })),
  );
}

function nameOf({ type, definition: { version } }: PublicVersion): string {
  return componentName(type, String(version));
}

function webhookOf(version: PublicVersion): string {
  return componentName('webhook', nameOf(version));
}

function channelsOf(
  publication: string,
  versions: readonly PublicVersion[],
  basePath: string,
): Pick<AsyncPart, 'channels' | 'operations'> {
  const [feed, webhooks] = [
    componentName('feed', publication),
    componentName('webhooks', publication),
  ];
  const [events, deliveries] = [versions.map(nameOf), versions.map(webhookOf)];
  return {
    channels: {
      [feed]: {
        address: `${basePath}/v1/publications/${publication}`,
        description: FEED,
        messages: messageRefs(events),
      },
      [webhooks]: { address: null, description: WEBHOOKS, messages: messageRefs(deliveries) },
    },
    operations: {
      [componentName('publish', publication)]: {
        ...onChannel(feed, 'send', events),
        ...overHttp('GET'),
      },
      [componentName('deliver', publication)]: {
        ...onChannel(webhooks, 'send', deliveries),
        ...overHttp('POST'),
      },
    },
  };
}

const FEED = `A request is answered with the events after a position: a batch of CloudEvents in JSON
(\`application/cloudevents-batch+json\`), or, with \`Accept: text/event-stream\`, server-sent events with one CloudEvent each,
whose id is its position. Every event is there once, those of a stream in its order. Personal fields are \`null\` without the grant of
them.`;

const WEBHOOKS = `A subscription posts each event to its target, at the address that it was made with. A 2xx within 15 seconds
acknowledges it; without one it comes again under the same \`webhook-id\`, and the events behind it in its stream wait. A subscription that was made with
\`batch\` posts several together, in an array (\`application/cloudevents-batch+json\`). Personal fields are
\`null\`.`;

function messagesOf(version: PublicVersion): readonly (readonly [string, AsyncMessage])[] {
  const { type, definition } = version;
  const event: AsyncMessage = {
    name: type,
    ...(definition.deprecated !== undefined && {
      deprecated: true,
      description: `Promised until ${definition.deprecated}.`,
    }),
    contentType: CLOUD_EVENT,
    payload: payloadOf(version),
  };
  const payload = { $ref: `#/components/messages/${nameOf(version)}/payload` };
  return [
    [nameOf(version), event],
    [webhookOf(version), { ...event, headers: webhookHeaders, payload }],
  ];
}

/** A version is in the address of the data's schema alone. */
function payloadOf(version: PublicVersion): Schema {
  const { type, definition } = version;
  const address = schemaPath(type, definition.version).replaceAll('.', '\\.');
  return {
    allOf: [
      schemaRef('PublicEvent'),
      objectOf({
        type: { type: 'string', const: type },
        dataschema: { type: 'string', pattern: `${address}$` },
        data: schemaRef(DATA, nameOf(version)),
      }),
    ],
  };
}
