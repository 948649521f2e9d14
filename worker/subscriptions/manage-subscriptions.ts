/** What operators of a tenant do with its subscriptions: one is made, shown, stopped, deleted, and its secret replaced. */
import { ungranted } from '../../core/access/rights.ts';
import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { findPublication } from '../../core/app.ts';
import type {
  CreatedSubscription,
  DeliveryAttempt,
  HeldPage,
  ShownSubscription,
  SubscriptionPage,
  SubscriptionView,
  SubscriptionWithSecret,
} from '../../core/operator-shapes/subscription.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { subscriptionFaults } from '../../core/subscription/subscription-fault.ts';
import type { SubscriptionTarget } from '../../core/subscription/target.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { utcText } from '../../core/values/time.ts';
import type { SubscriptionState } from '../../durable-objects/index.ts';
import { hashOf } from '../access/issue-key.ts';
import { SECRET_CHARACTERS_MIN } from '../access/secrets.ts';
import type { ListPageInput } from '../administration/list-page.ts';
import { type CreateSubscriptionInput, SENT_TOGETHER_MAX } from '../api/inputs/subscriptions.ts';
import {
  behindFeed,
  heldPage,
  isFull,
  listReaders,
  mayGiveAway,
  type ReaderAdministration,
  redriven,
} from '../feed-readers/manage-readers.ts';
import { shownPositions } from '../http/shown-positions.ts';
import { unknownPublication } from '../http/unknown-in-app.ts';
import { startPosition, unknownType } from '../publications/feed/start-position.ts';
import type { LedgeEnv, SubscriptionStub } from '../runtime/env.ts';
import { subscriptionStub } from '../runtime/object-stubs.ts';
import { publicationOf, unregister } from '../wake-ups/registrations.ts';
import { subscriptionView } from './subscription-view.ts';
import { refusedTarget } from './targets/target-of.ts';
import { newWebhookSecret } from './webhook-secret.ts';

/** Ours: a batch that publishes wakes all of a feed. */
const SUBSCRIPTIONS_MAX = 100;

/** Whether it is no repeat, and the subscription: with its secret, where it is new and has one. */
export interface Created {
  readonly isNew: boolean;
  readonly view: CreatedSubscription;
}

/** `root`: the address under which the API is served. A repeat under the same key answers without the secret. */
export async function createSubscription(
  by: ReaderAdministration,
  input: CreateSubscriptionInput,
  { root, idempotencyKey }: { readonly root: string; readonly idempotencyKey?: string },
): Promise<Created | Failure> {
  const { machinery, env, caller } = by;
  const { publication, target, types: given, from, personal, order } = input;
  const { batch = batchOf(target) } = input;
  const { tenant, actor } = caller;
  const known = findPublication(machinery.app, publication);
  if (!known) return unknownPublication(machinery.app, publication);
  const refused = withoutObjects(env);
  if (refused) return refused;
  if (!mayGiveAway(caller, publication)) return ungranted(`publication ${publication}`);
  if (personal && !caller.rights.opensPersonal) return ungranted('personal');
  const wrongTarget = refusedTarget(env, target);
  if (wrongTarget) return wrongTarget;
  const types = given ?? null;
  const wrong = unknownType(known, given);
  if (wrong) return wrong;
  const cursor = await cursorOf(by, publication, from);
  if ('outcome' in cursor) return cursor;
  const id = newSubscriptionId(by, idempotencyKey);
  if (await isFull(by, 'subscription', id, SUBSCRIPTIONS_MAX)) {
    return wrongState(`A tenant has at most ${SUBSCRIPTIONS_MAX} subscriptions.`);
  }
  const secret = 'url' in target ? await newWebhookSecret(env, { tenant, subscription: id }) : null;
  if (secret === undefined) return withoutSecret;
  const opened = personal && { opensPersonal: true as const };
  const asked = hashOf(
    canonicalJson({ publication, target, types, from, batch, order, ...opened }),
  );
  const created = { createdAt: utcText(machinery.platform.nowMs()), createdBy: actor };
  const chosen = { batch, ...(order === 'none' && { isUnordered: true as const }), ...opened };
  const definition = { publication, target, types, root, asked, ...created, ...chosen };
  const state = await subscriptionStub(env, tenant, id).create({
    ...{ definition, cursor, sealed: secret?.sealed ?? null },
  });
  if (!state) return wrongState('The subscription of this key was deleted.');
  const view = viewOf(by, id, state);
  if (state.isNew) return { isNew: true, view: secret ? { ...view, secret: secret.shown } : view };
  return state.definition.asked === asked
    ? { isNew: false, view }
    : { outcome: 'key-reused', stream: `subscription/${id}` };
}

/** A webhook has one event a request unless it is asked for; a call of a binding takes a page of the feed. */
function batchOf(target: SubscriptionTarget): number {
  return 'url' in target ? 1 : SENT_TOGETHER_MAX;
}

export async function listSubscriptions(
  by: ReaderAdministration,
  input: ListPageInput,
): Promise<SubscriptionPage | Failure> {
  const { env, caller } = by;
  const page = await listReaders(by, 'subscription', input, async (id) => {
    const state = await subscriptionStub(env, caller.tenant, id).state();
    return state && viewOf(by, id, state);
  });
  if ('outcome' in page) return page;
  const { views: subscriptions, ...rest } = page;
  return { subscriptions, ...rest };
}

export async function showSubscription(
  by: ReaderAdministration,
  id: string,
): Promise<ShownSubscription | Failure> {
  return onSubscription(by, id, async (object) => {
    const state = await object.state();
    return state && { ...viewOf(by, id, state), behind: await behindFeed(by, state) };
  });
}

/** What changes a subscription and answers it. */
export async function changeSubscription(
  by: ReaderAdministration,
  id: string,
  change: (object: SubscriptionStub) => Promise<SubscriptionState | undefined>,
): Promise<SubscriptionView | Failure> {
  return onSubscription(by, id, async (object) => {
    const state = await change(object);
    return state && viewOf(by, id, state);
  });
}

export async function replaySubscription(
  by: ReaderAdministration,
  id: string,
  { from }: { readonly from: string },
): Promise<SubscriptionView | Failure> {
  return onSubscription(by, id, async (object) => {
    const before = await object.state();
    if (!before) return undefined;
    const cursor = await cursorOf(by, before.definition.publication, from);
    if ('outcome' in cursor) return cursor;
    const state = await object.replay(cursor);
    return state && viewOf(by, id, state);
  });
}

export async function rotateSecret(
  by: ReaderAdministration,
  id: string,
  { graceMs }: { readonly graceMs: number },
): Promise<SubscriptionWithSecret | Failure> {
  return onSubscription(by, id, async (object) => {
    const before = await object.state();
    if (!before) return undefined;
    if (!('url' in before.definition.target))
      return wrongState('The target of the subscription is a binding: nothing is signed.');
    const secret = await newWebhookSecret(by.env, {
      ...{ tenant: by.caller.tenant, subscription: id },
    });
    if (!secret) return withoutSecret;
    const state = await object.rotate(secret.sealed, graceMs);
    return state && { ...viewOf(by, id, state), secret: secret.shown };
  });
}

export async function testSubscription(
  by: ReaderAdministration,
  id: string,
): Promise<DeliveryAttempt | Failure> {
  return onSubscription(by, id, async (object) => {
    const attempt = await object.tryTarget();
    return typeof attempt === 'string' ? wrongState(subscriptionFaults[attempt]) : attempt;
  });
}

export async function listHeld(
  by: ReaderAdministration,
  id: string,
  input: ListPageInput,
): Promise<HeldPage | Failure> {
  const of = ['held', by.caller.tenant, id];
  return onSubscription(by, id, (object) => heldPage(object, of, input));
}

export async function redriveHeld(
  by: ReaderAdministration,
  id: string,
  stream: string | null,
): Promise<{ readonly streams: number } | Failure> {
  return onSubscription(by, id, (object) => redriven(object, stream));
}

export async function skipHeld(
  by: ReaderAdministration,
  id: string,
  { stream, event }: { readonly stream: string; readonly event: string },
): Promise<SubscriptionView | Failure> {
  return onSubscription(by, id, async (object) => {
    const isSkipped = await object.skip(stream, event);
    const state = await object.state();
    if (!state) return undefined;
    if (isSkipped) return viewOf(by, id, state);
    return wrongState('This is not the next event of a held stream.');
  });
}

/** Answers what was deleted. Its object comes first: a row that is left is of no subscription, and is deleted again. */
export async function deleteSubscription(
  by: ReaderAdministration,
  id: string,
): Promise<SubscriptionView | Failure> {
  const { caller, database } = by;
  const { tenant } = caller;
  return onSubscription(by, id, async (object) => {
    const state = await object.state();
    const publication =
      state?.definition.publication ?? (await publicationOf(database, tenant, id));
    if (publication === undefined) return undefined;
    await object.erase();
    await unregister(database, { tenant, publication, id });
    return state && viewOf(by, id, state);
  });
}

/** Undefined of what is asked: there is no such subscription. */
async function onSubscription<Found extends object>(
  { env, caller }: ReaderAdministration,
  id: string,
  ask: (object: SubscriptionStub) => Promise<Found | Failure | undefined>,
): Promise<Found | Failure> {
  const unknown: Failure = { outcome: 'unknown', what: 'subscription', name: id };
  const refused = withoutObjects(env);
  if (refused) return refused;
  if (!IDS.test(id)) return unknown;
  return (await ask(subscriptionStub(env, caller.tenant, id))) ?? unknown;
}

/** Of what `newSubscriptionId` makes, so that no other address makes an object. */
const IDS = /^sub_[0-9a-f]{32}$/;

/** Under one idempotency key a caller has one subscription. */
function newSubscriptionId(
  { machinery, caller }: ReaderAdministration,
  idempotencyKey: string | undefined,
): string {
  const { tenant, actor } = caller;
  const name = JSON.stringify([tenant, actor, idempotencyKey ?? machinery.platform.newId()]);
  return `sub_${hashOf(name).slice(0, 32)}`;
}

function cursorOf(
  { machinery, env, caller, database }: ReaderAdministration,
  publication: string,
  from: string,
): Promise<JournalPosition | Failure> {
  const feed = { tenant: caller.tenant, publication };
  const { nowMs } = machinery.platform;
  return startPosition(database, feed, from, shownPositions(env, caller), nowMs());
}

function withoutObjects({ SUBSCRIPTION }: LedgeEnv): Failure | undefined {
  if (SUBSCRIPTION) return undefined;
  return wrongState(
    'The Worker has no binding SUBSCRIPTION: export SubscriptionObject and bind it (docs/subscriptions.md).',
  );
}

const withoutSecret = wrongState(
  `Subscriptions need the secret LEDGE_SECRET, of at least ${SECRET_CHARACTERS_MIN} characters.`,
);

function viewOf(
  { env, caller }: ReaderAdministration,
  id: string,
  state: SubscriptionState,
): SubscriptionView {
  return subscriptionView(id, state, shownPositions(env, caller));
}
