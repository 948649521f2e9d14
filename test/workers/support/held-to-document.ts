/**
 * Holds every answer of a Worker under test to the document that the Worker publishes. Tests ask as ever and are given
 * the answer as it was; what is not announced is noted, and fails the test that caused it (`fail-unannounced.ts`).
 */
import * as z from 'zod';
import { asyncLivePart } from '../../../worker/api/openapi/asyncapi-live.ts';
import type { OpenApiDocument } from '../../../worker/api/openapi/operation.ts';
import {
  type Announcement,
  announcementOf,
  bodyDisagreements,
  headDisagreements,
  isPage,
  misfits,
} from './announced.ts';
import { asZod } from './described.ts';

type Ask<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

/** The undocumented responses, in words, since the last call. */
const unannounced: string[] = [];

export function takeUnannounced(): string[] {
  return unannounced.splice(0);
}

export function held<Rest extends unknown[]>(document: OpenApiDocument, ask: Ask<Rest>) {
  return async (request: Request, ...rest: Rest): Promise<Response> =>
    heldAnswer(document, request, await ask(request, ...rest));
}

/** Except for a WebSocket, whose frames the readers check. */
const SWITCHED = 101;

const BAD_REQUEST = 400;

/** What streams is looked at while it is read, everything else at once. */
async function heldAnswer(
  document: OpenApiDocument,
  { method, url }: Request,
  response: Response,
): Promise<Response> {
  if (isPage(document, url) && response.status < BAD_REQUEST) return response;
  const { status, headers, body } = response;
  const exchange = { method, url, status, headers };
  const announcement = announcementOf(document, exchange);
  note(announcement, headDisagreements(announcement, exchange));
  if (status === SWITCHED || method === 'HEAD') return response;
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  const ofLine = lineReaders[type];
  if (ofLine && body) {
    const look = (line: string) => note(announcement, ofLine(document, announcement, line));
    return new Response(lookedAt(body, look), response);
  }
  const text = await response.text();
  note(announcement, bodyDisagreements(document, announcement, type, text));
  return new Response(body && text, response);
}

function note({ what }: Announcement, disagreements: readonly string[]): void {
  unannounced.push(...disagreements.map((disagreement) => `${what}: ${disagreement}`));
}

type LineReader = (document: OpenApiDocument, of: Announcement, line: string) => string[];

const lineReaders: Readonly<Record<string, LineReader>> = {
  'application/x-ndjson': (document, announcement, line) =>
    bodyDisagreements(document, announcement, 'application/x-ndjson', line),
  'text/event-stream': (document, announcement, line) => [
    ...bodyDisagreements(document, announcement, 'text/event-stream', line),
    ...(announcement.what.startsWith(FEED)
      ? publicEventDisagreements(document, line)
      : frameDisagreements(line)),
  ],
};

const DATA = 'data: ';

/** The operation whose server-sent events are public events. */
const FEED = 'publications.feed ';

function publicEventDisagreements(document: OpenApiDocument, line: string): string[] {
  if (!line.startsWith(DATA)) return [];
  return misfits(asZod(document, document.components.schemas.PublicEvent), line.slice(DATA.length));
}

/** The data of a server-sent event is a frame of the other document. */
function frameDisagreements(line: string): string[] {
  return line.startsWith(DATA) ? misfits(sentFrame, line.slice(DATA.length)) : [];
}

const sentFrame = z.union(sentSchemas());

function sentSchemas(): z.ZodType[] {
  const { operations, messages } = asyncLivePart('');
  return operations.send.messages.map(({ $ref }) =>
    z.fromJSONSchema(messages[$ref.split('/').at(-1) ?? '']?.payload ?? false),
  );
}

/** The same bytes at the reader's own pace, each line of them shown when it is whole. */
function lookedAt(
  body: ReadableStream<Uint8Array>,
  look: (line: string) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let begun = '';
  const show = (text: string) => {
    const lines = (begun + text).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) look(line);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        show(decoder.decode(value, { stream: true }));
        controller.enqueue(value);
      },
      cancel: (why) => reader.cancel(why),
    },
    { highWaterMark: 0 },
  );
}
