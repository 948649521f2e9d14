/** `POST /v1/commands/{aggregate}/{id}/{command}`: the first step of the story of a command. */
import { Hono } from 'hono';
import type { AcceptedOutcome, Outcome } from '../../core/outcome.ts';
import { commandOptions, prepareCommand } from '../commands/prepare-command.ts';
import { sendCommands } from '../commands/send-commands.ts';
import type { ApiTypes } from '../http/auth.ts';
import { invalidParameters } from '../http/input-errors.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readJson, wrongMediaType } from '../http/read-json.ts';
import type { Machinery } from '../machinery.ts';

export function commandRoute({ app, platform }: Machinery): Hono<ApiTypes> {
  return new Hono<ApiTypes>().post('/:aggregate/:id/:command', async (context) => {
    const request = context.req.raw;
    const mediaType = wrongMediaType(request, 'application/json');
    if (mediaType) return problemResponse(mediaType);
    const options = commandOptions.safeParse(optionsFrom(request.headers));
    if (!options.success) return problemResponse(invalidParameters(options.error, HEADERS));
    const body = await readJson(request);
    if ('failure' in body) return problemResponse(body.failure);

    const prepared = prepareCommand(app, context.get('caller'), {
      ...context.req.param(),
      data: body.value,
      options: options.data,
      traceparent: request.headers.get('traceparent') ?? undefined,
    });
    if ('outcome' in prepared) return problemResponse(prepared);
    const { address, command } = prepared;
    const [outcome] = await sendCommands(context.env, platform.log, address, [command]);
    return outcomeResponse(outcome ?? { outcome: 'failed' });
  });
}

/** By which name the caller knows what a command's options came from. */
const HEADERS = {
  idempotencyKey: 'Idempotency-Key',
  expectedVersion: 'If-Match or If-None-Match',
  occurredAt: 'Occurred-At',
};

/** Absent headers stay absent; what is there is judged by the schema. */
function optionsFrom(headers: Headers): Record<string, unknown> {
  const key = headers.get('idempotency-key');
  const occurredAt = headers.get('occurred-at');
  return {
    ...(key !== null && { idempotencyKey: unquoted(key) }),
    ...(occurredAt !== null && { occurredAt }),
    ...expectedVersion(headers),
  };
}

/** `If-Match: "7"` expects version 7, `If-None-Match: *` that there is no stream yet. */
function expectedVersion(headers: Headers): { expectedVersion?: unknown } {
  const match = headers.get('if-match');
  if (match !== null) {
    const version = unquoted(match.replace(/^W\//, ''));
    return { expectedVersion: /^\d+$/.test(version) ? Number(version) : match };
  }
  const noneMatch = headers.get('if-none-match');
  if (noneMatch === null) return {};
  return { expectedVersion: noneMatch === '*' ? 0 : noneMatch };
}

/** The draft standard quotes the key; most people do not. */
function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}

function outcomeResponse(outcome: Outcome): Response {
  return outcome.outcome === 'accepted' ? acceptedResponse(outcome) : problemResponse(outcome);
}

function acceptedResponse(outcome: AcceptedOutcome): Response {
  return Response.json(outcome, {
    headers: {
      etag: `"${outcome.version}"`,
      'consistency-token': outcome.token,
      ...(outcome.replayed && { 'idempotency-replayed': 'true' }),
    },
  });
}
