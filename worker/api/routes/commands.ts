/** `POST /v1/commands/{aggregate}/{id}/{command}`: the first step of the story of a command. */
import * as z from 'zod';
import type { AcceptedOutcome, Outcome } from '../../../core/aggregate/outcome.ts';
import type { Quotas } from '../../access/quotas.ts';
import { authorizedCommand } from '../../commands/authorize-command.ts';
import type { NewStreams } from '../../commands/new-streams.ts';
import { commandOptions } from '../../commands/prepare-command.ts';
import { sealedCommand } from '../../commands/seal-command.ts';
import { sendWithinQuotas } from '../../commands/send-within-quotas.ts';
import { invalidParameters } from '../../http/input-errors.ts';
import { readJson, wrongMediaType } from '../../http/read-json.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import { readerOf, shownOutcome } from '../../http/shown-events.ts';
import { unquoted } from '../../http/unquoted.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function commandRoute(machinery: Machinery, newStreams: NewStreams, quotas: Quotas): Routes {
  const { app, platform } = machinery;
  return new Routes().post('/:aggregate/:id/:command', async (context) => {
    const request = context.req.raw;
    const caller = context.get('caller');
    const limited = newStreams.refusal(caller);
    if (limited) return limited;
    const mediaType = wrongMediaType(request, 'application/json');
    if (mediaType) return mediaType;
    const options = headerOptions.safeParse(optionsFrom(request.headers));
    if (!options.success) return invalidParameters(options.error, HEADERS);
    const body = await readJson(request);
    if ('outcome' in body) return body;

    const wanted = {
      ...context.req.param(),
      data: body.value,
      options: options.data,
      traceparent: request.headers.get('traceparent') ?? undefined,
    };
    const drafted = authorizedCommand(app, caller, wanted, platform.newId);
    if ('outcome' in drafted) return drafted;
    const { env } = context;
    const prepared = await sealedCommand({ env, machinery }, drafted);
    if ('outcome' in prepared) return prepared;
    const { address, command } = prepared;
    const by = { env, log: platform.log, quotas, caller };
    const outcomes = await sendWithinQuotas(by, address, [command]);
    await newStreams.count(env, caller, outcomes);
    const reader = readerOf(machinery, env, caller);
    return answerOf(await shownOutcome(reader, outcomes[0] ?? { outcome: 'failed' }));
  });
}

/** A batch line has one place for the expected version, a request two headers that may both be there. */
const headerOptions = commandOptions.extend({
  isNew: z.literal(true, 'A command takes only *: the stream must not exist.').exactOptional(),
});

/** By which name the caller knows what a command's options came from. */
const HEADERS = {
  idempotencyKey: 'Idempotency-Key',
  expectedVersion: 'If-Match',
  isNew: 'If-None-Match',
  occurredAt: 'Occurred-At',
};

/** Absent headers stay absent; what is there is judged by the schema. */
function optionsFrom(headers: Headers): Record<string, unknown> {
  const key = headers.get('idempotency-key');
  const occurredAt = headers.get('occurred-at');
  return {
    ...(key !== null && { idempotencyKey: unquoted(key) }),
    ...(occurredAt !== null && { occurredAt }),
    ...preconditions(headers),
  };
}

/** A state with personal data has a digest behind its version: the answer depends on more than the version. */
const VERSION_TAG = /^(\d+)(?:-[\w-]+)?$/;

/**
 * `If-Match: "7"` expects version 7, `If-None-Match: *` that there is no stream yet; both are evaluated where both are
 * there (RFC 9110, 13.2.2). A weak tag counts: what lies between may have compressed the answer that it came with.
 */
function preconditions(headers: Headers): { expectedVersion?: unknown; isNew?: unknown } {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  const [, version] = VERSION_TAG.exec(unquoted(match?.replace(/^W\//, '') ?? '')) ?? [];
  return {
    ...(match !== null && { expectedVersion: version === undefined ? match : Number(version) }),
    ...(noneMatch !== null && { isNew: noneMatch === '*' || noneMatch }),
  };
}

function answerOf(outcome: Outcome): RouteAnswer {
  return outcome.outcome === 'accepted' ? acceptedResponse(outcome) : outcome;
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
