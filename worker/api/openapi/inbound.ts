/** Describes what other systems send. */
import { type App, inboundOf } from '../../../core/app.ts';
import { inboundAnswer } from '../../../core/inbound/inbound-answer.ts';
import { CLOUD_EVENT, INBOUND_BATCH_MAX } from '../../inbound/read-messages.ts';
import { CLOUD_EVENT_BATCH } from '../../publications/feed/cloud-event.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import {
  arrayOf,
  type Content,
  json,
  type Operation,
  type Part,
  pathParameter,
  type Schema,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const tag = 'Inbound';

export function inboundPart(app: App): Part {
  return {
    tag: { name: tag, description: 'What other systems send to the app.' },
    paths: { '/v1/inbound/{inbound}': { post: operationOf(app) } },
    schemas: {},
  };
}

const DESCRIPTION = `Each message is mapped to commands, which are executed once however often it is sent: what it has done before is
answered with \`replayed\`. Send it again after 429, 5xx and no answer. A rejection of the domain is an answer. What cannot be mapped is
\`parked\`: it waits for an operator, and need not be sent again.

A message is the body in JSON, or a CloudEvent 1.0: structured, in batches of at most ${INBOUND_BATCH_MAX}, or, where the inbound takes a
credential, in binary mode. A batch with one event that is not valid changes nothing.

An inbound takes either a credential with its grant or requests that are signed: with the headers of Standard Webhooks, within five
minutes, or with an HMAC of the body in a header of the sender's.`;

function operationOf(app: App): Operation {
  const inbounds = inboundOf(app);
  const names = inbounds.map(({ name }) => name);
  return {
    operationId: 'inbound.receive',
    tags: [tag],
    summary: 'Messages of another system',
    description: DESCRIPTION,
    parameters: [
      pathParameter('inbound', names, 'The name of the inbound.'),
      parameterRef('Traceparent'),
    ],
    requestBody: {
      required: true,
      content: contentOf({ anyOf: inbounds.map(({ input }) => jsonSchema(input, 'input')) }),
    },
    responses: {
      200: {
        description: 'What became of each message.',
        content: json(answerSchema(inboundAnswer)),
      },
      ...problems('invalid', 'unknown', 'too-large', 'unsupported-media-type'),
    },
  };
}

/** Without an inbound there is nothing to be said of a message. */
function contentOf(given: { readonly anyOf: Schema[] }): Content {
  const message = given.anyOf.length > 0 ? given : {};
  return {
    ...json(message),
    [CLOUD_EVENT]: { schema: message },
    [CLOUD_EVENT_BATCH]: { schema: arrayOf(message) },
  };
}
