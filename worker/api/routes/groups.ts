/**
 * `/v1/groups…`: consumer groups of publications. Operators of a tenant make and delete them; consumers receive messages and
 * acknowledge them. Nothing of it may be cached.
 */
import type { Context } from 'hono';
import type * as z from 'zod';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { MessageAnswer } from '../../../durable-objects/index.ts';
import type { OpenPolls } from '../../access/open-polls.ts';
import type { ReaderAdministration } from '../../feed-readers/manage-readers.ts';
import {
  answerMessages,
  answerOf,
  type Consumption,
  receiveMessages,
} from '../../groups/consume.ts';
import {
  createGroup,
  deleteGroup,
  listGroups,
  listHeldMessages,
  redriveMessages,
  showGroup,
  skipMessage,
} from '../../groups/manage-groups.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readInput } from '../../http/read-input.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored, unstoredPage } from '../../http/unstored.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  ackInput,
  createGroupInput,
  deleteGroupInput,
  extendInput,
  groupsInput,
  nackInput,
  receiveInput,
  redriveMessagesInput,
  skipMessageInput,
} from '../inputs/groups.ts';
import { callersDatabase } from './callers-projector.ts';
import { waitingRead } from './waiting-read.ts';

export function groupsRoute(machinery: Machinery, polls: OpenPolls): Routes {
  const routes = new Routes();
  const by = (context: Context<ApiTypes>): ReaderAdministration => {
    const { database } = callersDatabase(machinery, context);
    return { machinery, database, env: context.env, caller: context.get('caller') };
  };

  routes.get('/', async (context) => {
    const input = readQuery(context.req.url, groupsInput);
    if ('outcome' in input) return input;
    return unstoredPage(context.req.url, await listGroups(by(context), input.value));
  });

  routes.post('/', async (context) => {
    const input = await readOperation(context, createGroupInput);
    if ('outcome' in input) return input;
    const root = `${new URL(context.req.url).origin}${machinery.basePath}`;
    const created = await createGroup(by(context), input.value, root);
    if ('outcome' in created) return created;
    const { isNew, ...group } = created;
    return unstored(group, isNew ? 201 : 200);
  });

  routes.get('/:group', async (context) =>
    unstored(await showGroup(by(context), context.req.param('group'))),
  );

  routes.get('/:group/held', async (context) => {
    const input = readQuery(context.req.url, groupsInput);
    if ('outcome' in input) return input;
    const page = await listHeldMessages(by(context), context.req.param('group'), input.value);
    return unstoredPage(context.req.url, page);
  });

  /** An operation on one group, with its input. */
  function operation<Schema extends z.ZodType>(
    name: string,
    schema: Schema,
    operate: (
      by: ReaderAdministration,
      group: string,
      input: z.output<Schema>,
    ) => Promise<object | Failure>,
  ): void {
    routes.post(`/:group/${name}`, async (context) => {
      const input = await readOperation(context, schema);
      if ('outcome' in input) return input;
      return unstored(await operate(by(context), context.req.param('group') ?? '', input.value));
    });
  }

  operation('redrive', redriveMessagesInput, (own, group, { stream = null }) =>
    redriveMessages(own, group, stream),
  );
  operation('skip', skipMessageInput, skipMessage);
  operation('delete', deleteGroupInput, deleteGroup);

  const consumption = (context: Context<ApiTypes>): Consumption => {
    return { machinery, env: context.env, caller: context.get('caller') };
  };

  routes.post('/:group/receive', async (context) => {
    const input = await readInput(context.req.raw, receiveInput);
    if ('outcome' in input) return input;
    const group = context.req.param('group');
    const { signal } = context.req.raw;
    return unstored(
      await waitingRead(machinery, polls, context, input.value.wait, () =>
        receiveMessages(consumption(context), group, input.value, signal),
      ),
    );
  });

  /** What consumers say of messages. */
  function answering<Schema extends z.ZodType<{ readonly receipts: readonly string[] }>>(
    name: string,
    schema: Schema,
    answerFrom: (input: z.output<Schema>) => MessageAnswer,
  ): void {
    routes.post(`/:group/${name}`, async (context) => {
      const input = await readInput(context.req.raw, schema);
      if ('outcome' in input) return input;
      const group = context.req.param('group') ?? '';
      const { value } = input;
      const answer = answerFrom(value);
      return unstored(await answerMessages(consumption(context), group, value.receipts, answer));
    });
  }

  answering('ack', ackInput, () => ({ kind: 'acknowledge' }));
  answering('nack', nackInput, answerOf);
  answering('extend', extendInput, ({ leaseSeconds }) => ({
    ...{ kind: 'extend', leaseMs: leaseSeconds * 1_000 },
  }));

  return routes;
}
