/** The messages in the body of a request to an inbound: JSON, or CloudEvents 1.0 in their three modes. */
import * as z from 'zod';
import { invalid } from '../../core/aggregate/outcome.ts';
import { invalidInput } from '../http/input-errors.ts';
import { parseJson, type Read } from '../http/read-json.ts';
import { CLOUD_EVENT_BATCH } from '../publications/feed/cloud-event.ts';

export const CLOUD_EVENT = 'application/cloudevents+json';

export const INBOUND_MEDIA_TYPES = ['application/json', CLOUD_EVENT, CLOUD_EVENT_BATCH] as const;

/** Ours: each may be some commands, and a request has at most 1,000 calls. */
export const INBOUND_BATCH_MAX = 100;

/** A message, and its place in the body. */
export interface PlacedMessage {
  readonly message: unknown;
  readonly at: string;
}

const attribute = z.string().min(1);

/** The attributes that every CloudEvent has; others, and extensions, are kept. */
const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: attribute,
  source: attribute,
  type: attribute,
});

/** `areHeadersKnown`: whether the sender of the headers is known, as the sender of the body is. */
export function readMessages(
  headers: Headers,
  body: Uint8Array,
  areHeadersKnown: boolean,
): Read<readonly PlacedMessage[]> {
  const binary = attributesIn(headers);
  // A signature is of the body: in binary mode the id would be anything that was put in front of it.
  if (binary && !areHeadersKnown)
    return { outcome: 'unsupported-media-type', expected: CLOUD_EVENT };
  const parsed = parseJson(body);
  if ('outcome' in parsed) return parsed;
  const type = mediaType(headers);
  if (type === CLOUD_EVENT_BATCH) return batchOf(parsed.value);
  if (type === CLOUD_EVENT) return one(cloudEvent.safeParse(parsed.value));
  if (!binary) return { value: [{ message: parsed.value, at: '' }] };
  if ('outcome' in binary) return binary;
  const attributes = { ...binary.value, datacontenttype: type, data: parsed.value };
  return one(cloudEvent.safeParse(attributes));
}

function mediaType(headers: Headers): string {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
}

function batchOf(value: unknown): Read<readonly PlacedMessage[]> {
  if (!Array.isArray(value)) return invalid('', 'Send an array of CloudEvents.');
  if (value.length > INBOUND_BATCH_MAX) {
    return invalid('', `A batch takes at most ${INBOUND_BATCH_MAX} events.`);
  }
  const messages: PlacedMessage[] = [];
  for (const [index, item] of value.entries()) {
    const at = `/${index}`;
    const event = cloudEvent.safeParse(item);
    if (!event.success) return invalidInput(event.error, at);
    messages.push({ message: event.data, at });
  }
  return { value: messages };
}

function one(event: z.ZodSafeParseResult<unknown>): Read<readonly PlacedMessage[]> {
  if (!event.success) return invalidInput(event.error);
  return { value: [{ message: event.data, at: '' }] };
}

const PREFIX = 'ce-';

/** The attributes of binary mode, which are percent-encoded; undefined where the request is in another mode. */
function attributesIn(headers: Headers): Read<Readonly<Record<string, string>>> | undefined {
  if (!headers.has('ce-specversion')) return undefined;
  try {
    const named = [...headers].filter(([name]) => name.startsWith(PREFIX));
    const attributes = named.map(
      ([name, text]) => [name.slice(PREFIX.length), decodeURIComponent(text)] as const,
    );
    return { value: Object.fromEntries(attributes) };
  } catch {
    return invalid('ce-*', 'A header of a CloudEvent is not percent-encoded UTF-8.');
  }
}
