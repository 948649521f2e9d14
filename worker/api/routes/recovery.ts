/** `POST /v1/recover/{aggregate}/{id}`: an object that the platform restored takes its events back from the journal. */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { streamName } from '../../../core/aggregate/stream.ts';
import type { StreamRecovery } from '../../../core/operator-shapes/recovery.ts';
import type { RecoveryRun } from '../../../durable-objects/index.ts';
import { addressOf } from '../../commands/prepare-command.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';
import { recoveryInput } from '../inputs/recovery.ts';
import { answerOperator } from './answer-operator.ts';

export function recoveryRoute(machinery: Machinery): Routes {
  return new Routes().post('/:aggregate/:id', async (context) => {
    const input = await readOperation(context, recoveryInput);
    if ('outcome' in input) return input;
    const address = addressOf(machinery.app, context.get('caller'), context.req.param());
    if ('outcome' in address) return address;
    return answerOperator(machinery, context, async () => {
      const run = await aggregateStub(context.env, address).recover();
      return Response.json(recoveryView(streamName(address), run));
    });
  });
}

function recoveryView(stream: string, { divergence, ...run }: RecoveryRun): StreamRecovery {
  if (!divergence) return { stream, ...run, divergence: null };
  const { version, log, journal } = divergence;
  const shown = { version, log: eventView(log), journal: eventView(journal) };
  return { stream, ...run, divergence: shown };
}

function eventView({ id, type, recordedAt, data, metadata }: StoredEvent) {
  const { actor, commandId } = metadata;
  return { id, type, recordedAt, actor, commandId, data };
}
