/** Inbounds as AsyncAPI: a channel for each, with the messages that it takes. */
import { type App, inboundOf } from '../../../core/app.ts';
import type { Inbound } from '../../../core/inbound/inbound.ts';
import type { Verification } from '../../../core/inbound/verification.ts';
import { INBOUND_BATCH_MAX } from '../../inbound/read-messages.ts';
import { type AsyncPart, messageRefs, onChannel, overHttp } from './asyncapi-part.ts';
import { schemasOf } from './json-schema.ts';
import { objectOf, type Schema } from './operation.ts';
import { componentName, schemaRef } from './references.ts';
import { webhookHeaders } from './webhook-headers.ts';

/** The namespace of the messages, of their schemas and of the channels. */
const INBOUND = 'inbound';

export function asyncInboundPart(app: App, basePath: string): AsyncPart {
  const inbounds = inboundOf(app);
  const each = inbounds.map((inbound) => [componentName(INBOUND, inbound.name), inbound] as const);
  return {
    channels: Object.fromEntries(
      each.map(([name, inbound]) => [
        name,
        {
          address: `${basePath}/v1/inbound/${inbound.name}`,
          description: `${VERIFIED[inbound.verify.kind]} ${DESCRIPTION}`,
          messages: messageRefs([name]),
        },
      ]),
    ),
    operations: Object.fromEntries(
      each.map(([name, inbound]) => [
        componentName('take', inbound.name),
        { ...onChannel(name, 'receive', [name]), ...overHttp('POST') },
      ]),
    ),
    messages: Object.fromEntries(each.map(([name, inbound]) => [name, messageOf(name, inbound)])),
    schemas: schemasOf(
      INBOUND,
      Object.fromEntries(inbounds.map(({ name, input }) => [name, input])),
      'input',
    ),
  };
}

const VERIFIED: Readonly<Record<Verification['kind'], string>> = {
  'standard-webhook': 'A request is signed as Standard Webhooks says, within five minutes.',
  hmac: 'A request has an HMAC of its body in a header of the sender.',
  credential: 'A request has a credential with the grant of the inbound.',
};

const DESCRIPTION = `A message is the body in JSON, or a CloudEvent 1.0, also in batches of at most ${INBOUND_BATCH_MAX}. A message that comes
again is recognised by its key, and changes nothing.`;

function messageOf(name: string, { name: inbound, verify }: Inbound) {
  return {
    name: inbound,
    contentType: 'application/json',
    ...headersOf(verify),
    payload: schemaRef(name),
  };
}

function headersOf(verify: Verification): { readonly headers?: Schema } {
  if (verify.kind === 'credential') return {};
  if (verify.kind === 'standard-webhook') return { headers: webhookHeaders };
  return { headers: objectOf({ [verify.header.toLowerCase()]: { type: 'string' } }) };
}
