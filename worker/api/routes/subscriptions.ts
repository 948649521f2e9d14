/** `/v1/subscriptions…`: where the events of publications are sent, for operators of a tenant. Nothing of it may be cached. */
import type { Context } from 'hono';
import type * as z from 'zod';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { ReaderAdministration } from '../../feed-readers/manage-readers.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { idempotencyKeyIn } from '../../http/idempotency-key.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored, unstoredPage } from '../../http/unstored.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  changeSubscription,
  createSubscription,
  deleteSubscription,
  listHeld,
  listSubscriptions,
  redriveHeld,
  replaySubscription,
  rotateSecret,
  showSubscription,
  skipHeld,
  testSubscription,
} from '../../subscriptions/manage-subscriptions.ts';
import {
  createSubscriptionInput,
  emptyInput,
  pauseSubscriptionInput,
  redriveHeldInput,
  replaySubscriptionInput,
  rotateSecretInput,
  skipHeldInput,
  subscriptionsInput,
} from '../inputs/subscriptions.ts';
import { callersDatabase } from './callers-projector.ts';

export function subscriptionsRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const by = (context: Context<ApiTypes>): ReaderAdministration => {
    const { database } = callersDatabase(machinery, context);
    return { machinery, database, env: context.env, caller: context.get('caller') };
  };

  routes.get('/', async (context) => {
    const input = readQuery(context.req.url, subscriptionsInput);
    if ('outcome' in input) return input;
    return unstoredPage(context.req.url, await listSubscriptions(by(context), input.value));
  });

  routes.post('/', async (context) => {
    const given = idempotencyKeyIn(context.req.raw.headers);
    if ('outcome' in given) return given;
    const input = await readOperation(context, createSubscriptionInput);
    if ('outcome' in input) return input;
    const root = `${new URL(context.req.url).origin}${machinery.basePath}`;
    const created = await createSubscription(by(context), input.value, { root, ...given });
    if ('outcome' in created) return created;
    if (created.isNew) return unstored(created.view, 201);
    return unstored(created.view, 200, { 'idempotency-replayed': 'true' });
  });

  routes.get('/:id', async (context) =>
    unstored(await showSubscription(by(context), context.req.param('id'))),
  );

  routes.get('/:id/held', async (context) => {
    const input = readQuery(context.req.url, subscriptionsInput);
    if ('outcome' in input) return input;
    const page = await listHeld(by(context), context.req.param('id'), input.value);
    return unstoredPage(context.req.url, page);
  });

  /** An operation on one subscription, with its input. */
  function operation<Schema extends z.ZodType>(
    name: string,
    schema: Schema,
    operate: (
      by: ReaderAdministration,
      id: string,
      input: z.output<Schema>,
    ) => Promise<object | Failure>,
  ): void {
    routes.post(`/:id/${name}`, async (context) => {
      const input = await readOperation(context, schema);
      if ('outcome' in input) return input;
      return unstored(await operate(by(context), context.req.param('id') ?? '', input.value));
    });
  }

  operation('pause', pauseSubscriptionInput, (own, id, { reason }) =>
    changeSubscription(own, id, (object) => object.pause(reason)),
  );
  operation('resume', emptyInput, (own, id) =>
    changeSubscription(own, id, (object) => object.resume()),
  );
  operation('replay', replaySubscriptionInput, replaySubscription);
  operation('rotate', rotateSecretInput, rotateSecret);
  operation('test', emptyInput, testSubscription);
  operation('redrive', redriveHeldInput, (own, id, { stream = null }) =>
    redriveHeld(own, id, stream),
  );
  operation('skip', skipHeldInput, skipHeld);
  operation('delete', emptyInput, deleteSubscription);

  return routes;
}
