/** The functions of the Worker that a subscription's object calls, apart from clock and log. */
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import type { TargetAnswer } from '../../core/subscription/retry.ts';
import type { SubscriptionTarget } from '../../core/subscription/target.ts';
import type { OutgoingEvent, ReadFeed } from '../feed-reader/feed-page.ts';
import type { Ports } from '../ports.ts';
import type { SubscriptionDefinition } from './stored-subscription.ts';

/** An event as it is sent. Its personal fields are sealed. */
export type SentEvent = Pick<OutgoingEvent, 'id' | 'text'>;

/** One call of a target. */
export interface Delivery {
  readonly tenant: string;
  readonly subscription: string;
  readonly target: SubscriptionTarget;
  /** Those that sign it, as they are stored. */
  readonly secrets: readonly string[];
  /** One, or several that are sent together, in their order. */
  readonly events: readonly SentEvent[];
  /** Whether the subscription sends several together: a webhook then gets one alone in the same form. */
  readonly isBatch: boolean;
  /** Whether personal fields are sent plain; else they are null. */
  readonly opensPersonal: boolean;
}

export interface SubscriptionPorts<Env> extends Pick<Ports<Env>, 'nowMs' | 'log'> {
  readonly readFeed: ReadFeed<Env>;
  /** @throws UnreadableSecret, UnboundTarget; never for what a target does */
  readonly deliver: (env: Env, delivery: Delivery) => Promise<TargetAnswer>;
  /** An event that tries a target. */
  readonly testEvent: (
    tenant: string,
    subscription: string,
    definition: SubscriptionDefinition,
    nowMs: number,
  ) => SentEvent;
  /** A secret, sealed with the current secret of the deployment. @throws UnreadableSecret */
  readonly resealed: (
    env: Env,
    tenant: string,
    subscription: string,
    sealed: string,
  ) => Promise<string>;
  /** Makes D1 know the subscription. False where the tenant is erased. */
  readonly register: (
    env: Env,
    tenant: string,
    publication: string,
    subscription: string,
  ) => Promise<boolean>;
  readonly reportIncident: (env: Env, incident: Incident) => Promise<unknown>;
  readonly resolveIncident: (env: Env, resolved: ResolvedIncident) => Promise<unknown>;
}
