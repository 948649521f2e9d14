/**
 * Turns a caller's input into a command that its aggregate can execute: names are checked, data is validated by the
 * schema.
 */
import * as z from 'zod';
import type { Aggregate } from '../../core/aggregate/aggregate.ts';
import { type Command, IDEMPOTENCY_KEY_RULE, isCallersKey } from '../../core/aggregate/command.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { IDENTIFIER_RULE, isIdentifier, type StreamAddress } from '../../core/aggregate/stream.ts';
import { type App, findAggregate } from '../../core/app.ts';
import { hasPersonalData } from '../../core/personal-data.ts';
import { unknownName } from '../../core/protocol/unknown-name.ts';
import { type PersonalValue, type PlainRead, readPlain } from '../../core/sealed/read-plain.ts';
import { ownValue } from '../../core/values/own-value.ts';
import { type Caller, commandOrigin } from '../http/authenticate-caller.ts';
import { invalidInput } from '../http/input-errors.ts';
import { unknownAggregate } from '../http/unknown-in-app.ts';
import { utcTime } from '../http/utc-time.ts';
import { fingerprint } from './fingerprint.ts';

/** The options of a command, from headers or from a line of a batch. */
export const commandOptions = z.object({
  idempotencyKey: z
    .string()
    .refine(isCallersKey, `A key is ${IDEMPOTENCY_KEY_RULE}.`)
    .exactOptional(),
  expectedVersion: z.int().min(0).exactOptional(),
  occurredAt: utcTime.exactOptional(),
});

export type CommandRequestOptions = z.output<typeof commandOptions>;

export interface CommandRequest {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly options: CommandRequestOptions & Pick<Command, 'isNew'>;
  readonly traceparent?: string | undefined;
}

export interface PreparedCommand {
  readonly address: StreamAddress;
  readonly command: Command;
}

/** A command whose personal data is taken out and not sealed yet. */
export interface DraftCommand {
  readonly address: StreamAddress;
  readonly draft: Command;
  readonly personal: readonly PersonalValue[];
  /** Its data as the caller has sent it. */
  readonly sent: unknown;
}

/** A caller's command, with its personal data in plain. `at` is the place of the data in the caller's input, for errors. */
export function draftCommand(
  app: App,
  caller: Caller,
  wanted: CommandRequest,
  newId: () => string,
  at = '',
): DraftCommand | Failure {
  const { data: sent } = wanted;
  let personal: readonly PersonalValue[] = [];
  const parse: Parse = (schema) => {
    const read = readSent(app, schema, sent, newId);
    if (read.success) personal = read.personal;
    return read;
  };
  const prepared = commandFrom(app, caller, wanted, parse, at);
  if ('outcome' in prepared) return prepared;
  return { address: prepared.address, draft: prepared.command, personal, sent };
}

/** Data as a caller has sent it, without its personal values, which are plain. */
export function readSent(
  app: App,
  schema: z.ZodType,
  sent: unknown,
  newId: () => string,
): PlainRead {
  if (hasPersonalData(app)) return readPlain(schema, sent, newId());
  const read = schema.safeParse(sent);
  return read.success ? { ...read, personal: [] } : read;
}

/** A command that follows from an event, whose personal data is sealed. */
export function prepareCommand(
  app: App,
  caller: Caller,
  wanted: CommandRequest,
): PreparedCommand | Failure {
  return commandFrom(app, caller, wanted, (schema) => schema.safeParse(wanted.data));
}

type Parse = (
  schema: z.ZodType,
) => { success: true; data: unknown } | { success: false; error: z.ZodError };

function commandFrom(
  app: App,
  caller: Caller,
  wanted: CommandRequest,
  parse: Parse,
  at = '',
): PreparedCommand | Failure {
  const address = addressOf(app, caller, wanted);
  if ('outcome' in address) return address;
  if (address.found.isInternal) return unknownAggregate(app, wanted.aggregate);
  const schema = ownValue(address.found.commands, wanted.command);
  if (!schema) {
    const known = Object.keys(address.found.commands);
    return unknownName(`${wanted.aggregate} command`, wanted.command, known);
  }
  const data = parse(schema);
  if (!data.success) return invalidInput(data.error, at);
  const { aggregate, id, tenant } = address;
  return {
    address: { tenant, aggregate, id },
    command: {
      name: wanted.command,
      data: data.data,
      fingerprint: fingerprint(wanted.command, wanted.data, wanted.options.occurredAt),
      ...commandOrigin(caller),
      ...wanted.options,
      ...tracing(wanted.traceparent),
    },
  };
}

/** An address with the definition of its aggregate. */
export interface FoundAddress extends StreamAddress {
  readonly found: Aggregate;
}

/** The address of the aggregate that a caller named, or the failure. */
export function addressOf(
  app: App,
  { tenant }: Caller,
  { aggregate, id }: Pick<StreamAddress, 'aggregate' | 'id'>,
): FoundAddress | Failure {
  const found = findAggregate(app, aggregate);
  if (!found) return unknownAggregate(app, aggregate);
  if (!isIdentifier(id)) return invalid('id', `An id is ${IDENTIFIER_RULE}.`);
  return { tenant, aggregate, id, found };
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * W3C trace context: the trace id becomes the correlation id. A malformed header is ignored, as the standard requires.
 */
function tracing(traceparent = ''): Pick<Command, 'traceparent' | 'correlationId'> {
  const correlationId = TRACEPARENT.exec(traceparent)?.[1];
  return correlationId === undefined ? {} : { traceparent, correlationId };
}
