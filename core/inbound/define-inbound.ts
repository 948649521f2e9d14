/** `defineInbound`: which commands follow from what another system sends. */

import type * as z from 'zod';
import { type Reaction, reactionsFrom } from '../process/reactor.ts';
import { declaredReactions, type SentCommands } from '../process/sent-commands.ts';
import type { IgnoredMessage, Inbound } from './inbound.ts';
import type { CallersCredential, Verification } from './verification.ts';

/**
 * Defines an inbound: `POST /v1/inbound/{inbound}` takes the messages of another system. Each is verified, read by `input`,
 * and mapped to commands, which are executed once however often the message comes with the same `key`. A message that
 * cannot be mapped, or whose command no attempt can execute, becomes a dead letter. A CloudEvent is given as its JSON
 * form, with `id`, `source`, `type` and `data`.
 *
 * `tenant`: whose data signed messages change. Left out: that of callers without a credential (`publicTenant`). With
 * `credential()` it is that of the caller.
 *
 * @example defineInbound({
 *   name: 'carrier',
 *   verify: standardWebhook('CARRIER_SECRET'),
 *   tenant: 'main',
 *   input: z.object({ id: z.string(), parcel: z.string(), status: z.enum(['delivered', 'returned']) }),
 *   key: ({ id }) => id,
 *   on: ({ parcel, status }) =>
 *     status === 'delivered' ? command(shipment, parcel, 'ConfirmDelivery', {}) : ignore('not ours'),
 * })
 */
export function defineInbound<
  const Name extends string,
  Schema extends z.ZodType,
  const Verify extends Verification,
>(
  definition: {
    readonly name: Name;
    readonly verify: Verify;
    readonly input: Schema;
    /** Identifies the message among all that the sender sends: the same message has it again. */
    readonly key: (message: z.output<Schema>) => string;
    readonly on: (message: z.output<Schema>) => Reaction | readonly Reaction[] | IgnoredMessage;
    /** The commands that it may send, by aggregate, for the catalog. A command that is not among them parks its message. */
    readonly sends?: SentCommands;
  } & (Verify extends CallersCredential ? unknown : { readonly tenant?: string }),
): Inbound & { readonly name: Name } {
  const { name, verify, input, tenant, sends }: typeof definition & { readonly tenant?: string } =
    definition;
  // The runtime calls both with what `input` has read, as their types say.
  const { key, on } = definition as unknown as ErasedFunctions;
  return {
    ...{ kind: 'inbound', name, verify, input },
    ...(tenant !== undefined && { tenant }),
    ...(sends && { sends }),
    key: (message) => keyFrom(key(message), name),
    map: (message) => mappedFrom(on(message), name, sends),
  };
}

interface ErasedFunctions {
  readonly key: (message: unknown) => unknown;
  readonly on: (message: unknown) => unknown;
}

function keyFrom(returned: unknown, inbound: string): string {
  if (typeof returned === 'string' && returned !== '') return returned;
  throw new TypeError(`The key of ${inbound} returned a value that is no text, or an empty one.`);
}

function mappedFrom(
  returned: unknown,
  inbound: string,
  sends: SentCommands | undefined,
): readonly Reaction[] | IgnoredMessage {
  const { kind, reason }: Partial<IgnoredMessage> = returned ?? {};
  if (kind === 'ignored') return { kind, reason: String(reason) };
  return declaredReactions(inbound, sends, reactionsFrom(returned, inbound));
}
