/** `GET /v1/aggregates/{aggregate}/{id}`: an aggregate's state, now or at a moment of the past, from its object. */
import { streamName } from '../../../core/aggregate/stream.ts';
import { addressOf } from '../../commands/prepare-command.ts';
import { momentState, unknownStream } from '../../history/moment-state.ts';
import { taggedJson } from '../../http/entity-tag.ts';
import { momentInput } from '../../http/moment-input.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import { readerOf } from '../../http/shown-events.ts';
import { shownPersonal } from '../../personal/show-personal.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';

export function aggregatesRoute(machinery: Machinery): Routes {
  const { app } = machinery;
  return new Routes().get('/:aggregate/:id', async (context) => {
    const address = addressOf(app, context.get('caller'), context.req.param());
    if ('outcome' in address) return address;
    const input = readQuery(context.req.url, momentInput);
    if ('outcome' in input) return input;
    const question = context.get('caller').rights.read(address);
    if (question && 'outcome' in question) return question;
    const object = aggregateStub(context.env, address);
    const { signal } = context.req.raw;
    const found = await momentState(object, address, input.value, { question, signal });
    if ('outcome' in found) return found;
    if (found.version === 0) {
      return unknownStream(address);
    }
    const { version, state, ended } = found;
    const answer = { stream: streamName(address), version, state, ...(ended && { ended }) };
    const reader = readerOf(machinery, context.env, context.get('caller'));
    const shown = await shownPersonal(reader, answer);
    // What the reader is shown of personal data depends on more than the version.
    return taggedJson(context.req.raw, shown, { version, isVersionAll: shown === answer });
  });
}
