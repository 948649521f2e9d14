/** `POST /v1/inbound/{inbound}`: messages of another system, verified, mapped to commands and executed once. */
import type { Context } from 'hono';
import type * as z from 'zod';
import { findInbound, inboundOf } from '../../../core/app.ts';
import type { Inbound } from '../../../core/inbound/inbound.ts';
import type { inboundAnswer } from '../../../core/inbound/inbound-answer.ts';
import type { NewStreams } from '../../commands/new-streams.ts';
import { sendWithinQuotas } from '../../commands/send-within-quotas.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readBody, wrongMediaType } from '../../http/read-json.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import { unknownInbound } from '../../http/unknown-in-app.ts';
import {
  type InboundDoor,
  type InboundSender,
  inboundSender,
  inboundTenant,
} from '../../inbound/inbound-sender.ts';
import { INBOUND_MEDIA_TYPES, readMessages } from '../../inbound/read-messages.ts';
import { type MessageReceipt, receiveMessages } from '../../inbound/receive-messages.ts';
import { suspended } from '../../runtime/known-tenants.ts';

/** @throws Error for an inbound that is signed and has no tenant */
export function inboundRoute(door: InboundDoor, newStreams: NewStreams): Routes {
  const { app } = door.machinery;
  for (const inbound of inboundOf(app)) {
    if (inbound.verify.kind !== 'credential') inboundTenant(door.machinery, inbound);
  }
  return new Routes().post('/:inbound', async (context) => {
    const name = context.req.param('inbound');
    const inbound = findInbound(app, name);
    return inbound ? received(door, newStreams, context, inbound) : unknownInbound(app, name);
  });
}

async function received(
  door: InboundDoor,
  newStreams: NewStreams,
  { req: { raw: request }, env, var: { caller } }: Context<ApiTypes>,
  inbound: Inbound,
): Promise<RouteAnswer> {
  const mediaType = wrongMediaType(request, ...INBOUND_MEDIA_TYPES);
  if (mediaType) return mediaType;
  const body = await readBody(request);
  if ('outcome' in body) return body;
  const sender = await inboundSender(door, inbound, { request, env, body: body.value, caller });
  if ('outcome' in sender) return sender;
  const limited = newStreams.refusal(sender);
  if (limited) return limited;
  if (sender.suspension) return suspended(sender.suspension);
  const areHeadersKnown = inbound.verify.kind === 'credential';
  const messages = readMessages(request.headers, body.value, areHeadersKnown);
  if ('outcome' in messages) return messages;
  const receipt = receiptOf(door, newStreams, { request, env, sender });
  const outcomes = await receiveMessages(receipt, inbound, messages.value);
  if ('outcome' in outcomes) return outcomes;
  return Response.json({ messages: outcomes.value } satisfies z.output<typeof inboundAnswer>);
}

interface VerifiedRequest {
  readonly request: Request;
  readonly env: ApiTypes['Bindings'];
  readonly sender: InboundSender;
}

function receiptOf(
  { machinery, quotas }: InboundDoor,
  newStreams: NewStreams,
  { request, env, sender }: VerifiedRequest,
): MessageReceipt {
  const { tenant, place } = sender;
  const { log } = machinery.platform;
  return {
    ...{ machinery, env, sender, tenant },
    traceparent: request.headers.get('traceparent') ?? undefined,
    database: machinery.databases.named(env, place.name).database,
    send: async (address, command) => {
      const by = { env, log, quotas, caller: sender };
      const outcomes = await sendWithinQuotas(by, address, [command]);
      await newStreams.count(env, sender, outcomes);
      return outcomes[0] ?? { outcome: 'failed' };
    },
  };
}
