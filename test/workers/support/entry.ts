/** The shop's Worker with additional aggregates for tests, and with faults around its platform. */
import { defineApp } from '../../../core/app.ts';
import type { Incident } from '../../../core/failures/incident.ts';
import { stock } from '../../../docs/samples/closing-the-books/stock.ts';
import { cart } from '../../../docs/samples/emmett/cart.ts';
import { impureBasket, labelled } from '../../controls/impure.ts';
import { app } from '../../shop/app.ts';
import { boundTargets } from './bound-targets.ts';
import { audit, charge, charging, letter } from './charging.ts';
import { pinging, ponging } from './circle.ts';
import { copying } from './copying.ts';
import { room } from './ending.ts';
import { evolving, titling } from './evolving.ts';
import { faults, faultyPlatform } from './faults.ts';
import { guest, guestAccess, guests, politeness } from './guests.ts';
import { heldLedge } from './held-ledge.ts';
import { keeper } from './keeper.ts';
import { confirmation, mailing, peeking } from './mailing.ts';
import { member, members } from './members.ts';
import { provider } from './payment-provider.ts';
import { postponing } from './postponing.ts';
import { moody, pressing, voice } from './pressing.ts';
import { quoting } from './quoting.ts';
import { reminding } from './reminding.ts';
import { scheduling } from './scheduling.ts';
import { SECRET } from './secret.ts';
import { shopAccess } from './shop-access.ts';
import { troublesome } from './troublesome.ts';
import { webhookTarget } from './webhook-target.ts';

/** Without reactors and sagas: orders stay as the tests left them. */
export const testApp = defineApp({
  aggregates: [...app.aggregates, troublesome, keeper],
  projections: app.projections,
});

/** Its functions mutate their input, as the data says. */
export const basket = impureBasket({
  evolve: labelled('evolve'),
  decide: labelled('decide'),
  state: labelled('state'),
});

export const sagaApp = defineApp({
  ...testApp,
  aggregates: [...testApp.aggregates, moody, voice],
  reactors: app.reactors ?? [],
  sagas: [...(app.sagas ?? []), copying, pinging, ponging, pressing, reminding],
});

/** With what only some tests command: no other test's requests reach it. */
export const wholeApp = defineApp({
  ...sagaApp,
  aggregates: [
    ...sagaApp.aggregates,
    scheduling,
    basket,
    evolving,
    cart,
    quoting,
    guest,
    member,
    room,
    stock,
    charging,
    mailing,
  ],
  actions: [charge, letter, audit, confirmation, peeking],
  sagas: [...(sagaApp.sagas ?? []), postponing, titling, politeness],
});

const {
  AggregateObject: _sagaless,
  GroupObject: _unpublished,
  LiveObject: _unruled,
  HealthObject: WholeHealthObject,
  RebuildObject,
  SubscriptionObject: _secretless,
  ...worker
} = heldLedge(testApp, faultyPlatform);

/** With rows that have personal data. */
const liveApp = defineApp({
  aggregates: [...testApp.aggregates, guest, member],
  projections: [...testApp.projections, guests, members],
});

/** It knows access rules, which concern the sockets of Workers with rules alone. */
const { LiveObject: RuledLiveObject } = heldLedge(liveApp, {
  ...faultyPlatform,
  access: { ...shopAccess, roles: { ...shopAccess.roles, ...guestAccess.roles } },
});

/** With a secret, which the Worker of these bindings lacks: tests give it to those of their own. */
export class LiveObject extends RuledLiveObject {
  constructor(ctx: DurableObjectState, env: ConstructorParameters<typeof RuledLiveObject>[1]) {
    super(ctx, { ...env, LEDGE_SECRET: SECRET });
  }
}

/** With the secret, too, and the target of the tests. */
const { GroupObject: SecretGroupObject, SubscriptionObject: SecretSubscriptionObject } = heldLedge(
  wholeApp,
  {
    ...faultyPlatform,
    fetch: webhookTarget.fetch,
  },
);

export class GroupObject extends SecretGroupObject {
  constructor(ctx: DurableObjectState, env: ConstructorParameters<typeof RuledLiveObject>[1]) {
    super(ctx, { ...env, LEDGE_SECRET: SECRET });
  }
}

/** With the bindings that events are sent to, which may be gone later. */
export class SubscriptionObject extends SecretSubscriptionObject {
  constructor(ctx: DurableObjectState, env: ConstructorParameters<typeof RuledLiveObject>[1]) {
    super(ctx, Object.assign(boundTargets(ctx.exports), env, { LEDGE_SECRET: SECRET }));
  }
}

export { Billing, Deaf } from './bound-targets.ts';

/** Its calls are not in the type of what a Worker exports. */
const RealHealthObject = WholeHealthObject as new (
  ...given: ConstructorParameters<typeof WholeHealthObject>
) => InstanceType<typeof WholeHealthObject> & {
  report(incidents: readonly Incident[]): Promise<void>;
  alarm(): Promise<void>;
};

export class HealthObject extends RealHealthObject {
  override async report(incidents: readonly Incident[]): Promise<void> {
    if (faults.health !== 'off') await super.report(incidents);
  }

  override async alarm(): Promise<void> {
    if (faults.health === 'real') await super.alarm();
  }
}

/** The objects know sagas, actions and access rules too; the Worker alone does not. */
const { AggregateObject: WholeAggregateObject } = heldLedge(wholeApp, {
  ...faultyPlatform,
  access: shopAccess,
});

/** With the binding that the actions call. */
export class AggregateObject extends WholeAggregateObject {
  constructor(ctx: DurableObjectState, env: ConstructorParameters<typeof WholeAggregateObject>[1]) {
    super(ctx, { ...env, ...{ PAYMENTS: provider } });
  }
}

export { RebuildObject, worker };
export default worker;
