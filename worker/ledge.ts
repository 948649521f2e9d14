/**
 * Puts the machinery around an app: what `worker/index.ts` exports. Everything by which the embedding Worker differs from
 * Ledge's own is an option here.
 */
import type { Access } from '../core/access/define-access.ts';
import type { App } from '../core/app.ts';
import { DEFAULT_QUEUE, nameIn } from '../core/protocol/deployment-names.ts';
import type { ObjectClass } from '../durable-objects/index.ts';
import { requireDistinct } from './access/declared-issuer.ts';
import { createApi } from './api/router.ts';
import { consumeDeadMessages } from './consumers/consume-dead-messages.ts';
import { consumeEvents } from './consumers/consume-events.ts';
import { checkedBasePath } from './http/base-path.ts';
import { checkedPublicTenant } from './http/public-access.ts';
import { maintainDatabase, SWEPT_STREAMS } from './maintain-database.ts';
import { registeredStreams } from './maintenance/registered-streams.ts';
import { Steps } from './maintenance/steps.ts';
import { summed } from './maintenance/sweep-databases.ts';
import { type ObjectName, objectsOf } from './object-classes.ts';
import { observe } from './operations/observe.ts';
import { type BindingNames, Bindings, type BindingsUnder } from './runtime/bindings.ts';
import { enterSpan } from './runtime/enter-span.ts';
import type { LedgeBindings, LedgeEnv } from './runtime/env.ts';
import type { Issuer, TokenClaims } from './runtime/issuer.ts';
import { type FindJurisdiction, withJurisdictions } from './runtime/jurisdictions.ts';
import type { TenantPolicy } from './runtime/known-tenants.ts';
import { type Machinery, machineryFor } from './runtime/machinery.ts';
import { isDeadLetterQueue, requireOwnQueue } from './runtime/own-queue.ts';
import type { Platform } from './runtime/platform.ts';
import type {
  ApiKeyPrincipal,
  Authenticate,
  Claims,
  JwtPrincipal,
  Principal,
} from './runtime/principal.ts';
import { type TrustedClass, trustedEntrypoint } from './trusted-entrypoint.ts';

export type {
  AccessJwtOptions,
  AccessToken,
  ClaimMapping,
  JwtAlgorithm,
  OidcOptions,
} from './access/issuers.ts';
export { accessJwt, oidc } from './access/issuers.ts';
export type {
  ApiKeyPrincipal,
  Authenticate,
  BindingNames,
  BindingsUnder,
  Claims,
  Issuer,
  JwtPrincipal,
  LedgeBindings,
  LedgeEnv,
  ObjectClass,
  Platform,
  Principal,
  TenantPolicy,
  TokenClaims,
  TrustedClass,
};

/**
 * What a Worker exports: the handlers, a class for each of its five bindings of objects, and one for other Workers where
 * it is called by them.
 */
export interface LedgeWorker<Env = LedgeBindings>
  extends Readonly<Record<ObjectName, ObjectClass<Env>>> {
  /** For service bindings of other Workers, which name the principal: docs/access.md. */
  readonly Trusted: TrustedClass<Env>;
  /** `ctx` may be that of any framework, or left out: nothing is done behind an answer. */
  fetch(request: Request, env: Env, ctx?: object): Response | Promise<Response>;
  queue(batch: MessageBatch<unknown>, env: Env): Promise<void>;
  scheduled(controller: ScheduledController, env: Env): Promise<void>;
}

/** How a Worker embeds Ledge. Each may be left out; those of the platform are for tests. */
export interface LedgeOptions<Names extends BindingNames, HookEnv> extends Partial<Platform> {
  /**
   * Names the caller of each request, and alone decides. Left out: API keys do where the secret LEDGE_SECRET is set, and
   * JWTs of `issuers`; without both a deployed Worker answers 401 to everything but `/health`.
   */
  readonly authenticate?: Authenticate<HookEnv>;
  /** Whose JWTs name callers: `[oidc({ … }), accessJwt({ … })]`. */
  readonly issuers?: readonly Issuer[];
  /** What each role may do. Left out: a principal may do everything in its tenant but operate. */
  readonly access?: Access;
  /**
   * `open`: every tenant that a credential names exists, until it is erased. Left out: only tenants that were provisioned,
   * and a credential of another one is refused (docs/tenants.md).
   */
  readonly tenants?: TenantPolicy;
  /** The tenant that callers without a credential reach, where the access rules have a role `public`. */
  readonly publicTenant?: string;
  /** The Worker's own names of bindings: `{ DB: 'ORDERS_DB' }`. */
  readonly bindings?: Names;
  /** The path under which the API is served: `/ledge`. Left out: the root. */
  readonly basePath?: string;
  /**
   * The queue's name: `events` unless it says otherwise. With more behind a hyphen it is that of an environment,
   * `events-staging`; the dead-letter queue is called after it, `events-dead`. Batches of other queues are not taken.
   */
  readonly queue?: string;
}

/**
 * The handlers and object classes of a Ledge Worker.
 *
 * @example const { AggregateObject, GroupObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject, ...worker } = ledge(app);
 * export { AggregateObject, GroupObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject };
 * export default worker;
 */
export function ledge<
  const Names extends BindingNames = Record<never, never>,
  HookEnv = BindingsUnder<Names>,
>(
  app: App,
  options: LedgeOptions<Names, HookEnv> = {},
): LedgeWorker<BindingsUnder<Names> & HookEnv> {
  const {
    authenticate,
    issuers = [],
    access,
    tenants = 'provisioned',
    publicTenant,
    bindings: names,
    basePath = '',
    queue: ownQueue,
    ...given
  } = options;
  const bindings = new Bindings(names);
  const platform = { span: enterSpan, ...given };
  const machinery = machineryFor(app, platform, {
    basePath: checkedBasePath(basePath),
    issuers: requireDistinct(issuers),
    access,
    tenants,
    publicTenant: checkedPublicTenant({ access, authenticate, publicTenant }),
    // The hook's parameter is declared as the Worker's environment, which is what the handlers get.
    authenticate:
      authenticate &&
      ((request, env, apiKey, jwt) =>
        authenticate(request, bindings.ownOf(env) as HookEnv, apiKey, jwt)),
  });
  const { databases } = machinery;
  const find: FindJurisdiction = async (env, tenant) =>
    (await databases.of(env, tenant)).jurisdiction;
  const environment = (env: object) => withJurisdictions(bindings.resolve(env), find);
  const api = createApi(machinery);
  const answer = (request: Request, env: BindingsUnder<Names> & HookEnv) =>
    api.fetch(request, environment(env));
  return {
    fetch: answer,
    Trusted: trustedEntrypoint(answer),
    queue: (batch, env) => consume(machinery, ownQueue ?? DEFAULT_QUEUE, batch, environment(env)),
    scheduled: async ({ scheduledTime }, env) =>
      maintain(machinery, environment(env), scheduledTime),
    ...objectsOf(machinery, { of: environment, ownOf: (env) => bindings.ownOf(env) }),
  };
}

async function consume(
  machinery: Machinery,
  ownQueue: string,
  batch: MessageBatch<unknown>,
  env: LedgeEnv,
): Promise<void> {
  requireOwnQueue(batch.queue, ownQueue);
  if (isDeadLetterQueue(batch.queue)) await consumeDeadMessages(machinery, batch, env);
  else await consumeEvents(machinery, batch, env);
}

async function maintain(machinery: Machinery, env: LedgeEnv, tickMs: number): Promise<void> {
  const { databases, platform } = machinery;
  const steps = new Steps(platform.log);
  const [issuer] = machinery.issuers;
  await steps.run('refresh-issuers', async () => issuer?.tokens.refresh(machinery, env, tickMs));
  const registered = registeredStreams(machinery, env, SWEPT_STREAMS);
  const minuteMs = tickMs - (tickMs % TICK_MS);
  const tick = { machinery, env, minuteMs, isHour: isHour(tickMs), registered };
  // Side by side: what one database does not do holds up no other one.
  const tended = await Promise.all(
    databases.all(env).map(async (placement) => {
      const own = new Steps(platform.log, placement.name);
      const swept = await maintainDatabase(tick, placement, own);
      return { swept, failed: own.failed.map((step) => nameIn(placement.name, step)) };
    }),
  );
  const swept = tended.map((one) => one.swept).filter((one) => one !== undefined);
  const ofDatabases = tended.flatMap((one) => one.failed);
  await steps.run('observe', () =>
    observe(machinery, env, {
      failed: [...steps.failed, ...ofDatabases],
      swept: swept.length === tended.length ? summed(swept) : undefined,
    }),
  );
  const failed = [...steps.failed, ...ofDatabases];
  // The platform's monitoring gets the error with its message, so that it quotes no failure.
  if (failed.length > 0) throw new Error(`Upkeep failed: ${failed.join(', ')}.`);
}

const HOUR_MS = 3_600_000;
const TICK_MS = 60_000;

/** The first tick of an hour. */
function isHour(tickMs: number): boolean {
  return tickMs % HOUR_MS < TICK_MS;
}
