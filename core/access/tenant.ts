/**
 * A tenant is a stream of Ledge's own, `ledge.tenant/{tenant}` of the tenant `ledge`: provisioned once, suspended,
 * resumed, erased. The stream is the directory: what is not provisioned in it does not exist.
 */
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, reject } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import type { Suspension } from '../aggregate/outcome.ts';
import { FIRST_DATABASE } from '../protocol/deployment-names.ts';
import { OWN_AGGREGATE_PREFIX } from './own-tenant.ts';
import { type DeclaredQuotas, declaredQuotas, usageCounters } from './quota-text.ts';
import { type TenantBrake, tenantBrake } from './tenant-brake.ts';

/** `read-only`: commands are refused. `closed`: everything is. Sagas and timers go on in both. */
export const suspensionModes = [
  'read-only',
  'closed',
] as const satisfies readonly Suspension['mode'][];

/** Ours: the list is read with every caller whose tenant an isolate does not know. */
export const BLOCKED_PRINCIPALS_MAX = 1_000;

/** Where a tenant lives. */
export interface TenantPlace {
  /** The binding of its D1 database. */
  readonly database: string;
  /** That of its objects; null: they have none. */
  readonly jurisdiction: string | null;
}

/** Of tenants that name no other one, and of Ledge's own. */
export const FIRST_PLACE: TenantPlace = { database: FIRST_DATABASE, jurisdiction: null };

/** Where it lives, for good: the binding of its database, and the jurisdiction of its objects. */
const provisioning = z.strictObject({
  note: z.string(),
  database: z.string(),
  jurisdiction: z.string().nullable(),
});

const reasoned = { reason: z.string() };
const suspension = { mode: z.enum(suspensionModes), ...reasoned };
const limiting = { quotas: declaredQuotas, ...reasoned };
const blocking = { principal: z.string(), ...reasoned };

/** As TenantErased had it before the journal was in R2, too. */
const countsWithoutObjects = z.strictObject({
  streams: z.int().min(0),
  events: z.int().min(0),
  rows: z.int().min(0),
  deadLetters: z.int().min(0),
  keys: z.int().min(0),
});

/** As TenantErased had it before subjects had keys. */
const countsWithoutSubjects = countsWithoutObjects.extend({
  /** Of R2, with its events: replaced by ones without them, and deleted 31 days later. */
  objects: z.int().min(0),
});

/** What an erasure deleted. The positions of the events in the journal stay, without their content. */
export const erasedCounts = countsWithoutSubjects.extend({
  /** Among the streams: with each, the key of a subject. */
  subjects: z.int().min(0),
});

const events = {
  TenantProvisioned: event(z.strictObject({ note: z.string() })).upcast(
    provisioning,
    (provisioned) => ({
      ...provisioned,
      ...FIRST_PLACE,
    }),
  ),
  TenantSuspended: event(z.strictObject(suspension)),
  TenantResumed: event(z.strictObject(reasoned)),
  TenantBraked: event(tenantBrake),
  TenantReleased: event(z.strictObject(reasoned)),
  TenantLimited: event(z.strictObject(limiting)),
  PrincipalBlocked: event(z.strictObject(blocking)),
  PrincipalUnblocked: event(z.strictObject(blocking)),
  ErasureScheduled: event(z.strictObject({ at: z.string(), ...reasoned })),
  ErasureCancelled: event(z.strictObject(reasoned)),
  ErasureBegun: event(z.strictObject({})),
  TenantErased: event(countsWithoutObjects)
    .upcast(countsWithoutSubjects, (counts) => ({ ...counts, objects: 0 }))
    .upcast(erasedCounts, (counts) => ({ ...counts, subjects: 0 })),
};

const commands = {
  ProvisionTenant: provisioning,
  SuspendTenant: z.strictObject(suspension),
  ResumeTenant: z.strictObject(reasoned),
  BrakeTenant: tenantBrake,
  ReleaseTenant: z.strictObject(reasoned),
  LimitTenant: z.strictObject(limiting),
  BlockPrincipal: z.strictObject(blocking),
  UnblockPrincipal: z.strictObject(blocking),
  ScheduleErasure: z.strictObject({ at: z.string(), ...reasoned }),
  CancelErasure: z.strictObject(reasoned),
  BeginErasure: z.strictObject({}),
  EndErasure: erasedCounts,
};

/** A tenant whose data is there. */
export interface ActiveTenant extends TenantPlace {
  readonly status: 'active';
  readonly note: string;
  readonly suspension: Suspension | null;
  readonly brake: TenantBrake | null;
  /** What its callers may use together. */
  readonly quotas: DeclaredQuotas;
  /** The principals whose credentials are refused, sorted. */
  readonly blocked: readonly string[];
  readonly eraseAt: string | null;
}

export type TenantState =
  | { readonly status: 'unknown' }
  | ActiveTenant
  | (TenantPlace & { readonly status: 'erasing'; readonly note: string })
  | (TenantPlace & {
      readonly status: 'erased';
      readonly note: string;
      readonly counts: z.output<typeof erasedCounts>;
    });

export type ErasedCounts = z.output<typeof erasedCounts>;

export const tenant = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}tenant`,
  events,
  commands,
  initialState: (): TenantState => ({ status: 'unknown' }),
  evolve: {
    TenantProvisioned: (_state, { data: { note, database, jurisdiction } }) => ({
      ...{
        status: 'active',
        note,
        database,
        jurisdiction,
        suspension: null,
        brake: null,
        quotas: {},
        blocked: [],
        eraseAt: null,
      },
    }),
    TenantSuspended: (state, { data }) => changed(state, { suspension: data }),
    TenantResumed: (state) => changed(state, { suspension: null }),
    TenantBraked: (state, { data }) => changed(state, { brake: data }),
    TenantReleased: (state) => changed(state, { brake: null }),
    TenantLimited: (state, { data: { quotas } }) => changed(state, { quotas }),
    PrincipalBlocked: (state, { data: { principal } }) =>
      changed(state, { blocked: [...without(state, principal), principal].sort() }),
    PrincipalUnblocked: (state, { data: { principal } }) =>
      changed(state, { blocked: without(state, principal) }),
    ErasureScheduled: (state, { data: { at } }) => changed(state, { eraseAt: at }),
    ErasureCancelled: (state) => changed(state, { eraseAt: null }),
    ErasureBegun: (state) => ({ status: 'erasing', ...lastingOf(state) }),
    TenantErased: (state, { data }) => ({ status: 'erased', ...lastingOf(state), counts: data }),
  },
  decide: {
    /**
     * The name of an erased tenant is not given again: its streams are tombstones. Nothing moves a tenant to another
     * database.
     */
    ProvisionTenant: (data, state) => {
      if (state.status === 'unknown') return accept({ type: 'TenantProvisioned', data });
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      const { database, jurisdiction } = state;
      if (database === data.database && jurisdiction === data.jurisdiction) return accept();
      const why = 'Nothing moves a tenant.';
      return reject('tenant-in-other-database', { database, jurisdiction, why });
    },
    SuspendTenant: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      const { mode, reason } = state.suspension ?? {};
      if (mode === data.mode && reason === data.reason) return accept();
      return accept({ type: 'TenantSuspended', data });
    },
    ResumeTenant: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      return state.suspension ? accept({ type: 'TenantResumed', data }) : accept();
    },
    BrakeTenant: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      const { rate, reason } = state.brake ?? {};
      if (rate === data.rate && reason === data.reason) return accept();
      return accept({ type: 'TenantBraked', data });
    },
    ReleaseTenant: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      return state.brake ? accept({ type: 'TenantReleased', data }) : accept();
    },
    LimitTenant: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      const isSame = usageCounters.every((one) => state.quotas[one] === data.quotas[one]);
      return isSame ? accept() : accept({ type: 'TenantLimited', data });
    },
    BlockPrincipal: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      if (state.blocked.includes(data.principal)) return accept();
      if (state.blocked.length >= BLOCKED_PRINCIPALS_MAX) return reject('too-many-blocked');
      return accept({ type: 'PrincipalBlocked', data });
    },
    UnblockPrincipal: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      if (!state.blocked.includes(data.principal)) return accept();
      return accept({ type: 'PrincipalUnblocked', data });
    },
    ScheduleErasure: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      return state.eraseAt === data.at ? accept() : accept({ type: 'ErasureScheduled', data });
    },
    CancelErasure: (data, state) => {
      if (state.status !== 'active') return reject(`tenant-${state.status}`);
      return state.eraseAt === null ? accept() : accept({ type: 'ErasureCancelled', data });
    },
    /** Only what was scheduled, and only when its time has come. */
    BeginErasure: (data, state, { now }) => {
      if (state.status === 'erasing' || state.status === 'erased') return accept();
      if (state.status === 'unknown') return reject('tenant-unknown');
      if (state.eraseAt === null) return reject('erasure-not-scheduled');
      if (Date.parse(state.eraseAt) > Date.parse(now)) return reject('erasure-not-due');
      return accept({ type: 'ErasureBegun', data });
    },
    EndErasure: (data, { status }) => {
      if (status === 'erased') return accept();
      return status === 'erasing' ? accept({ type: 'TenantErased', data }) : reject('not-erasing');
    },
  },
});

function changed(state: TenantState, change: Partial<ActiveTenant>): TenantState {
  return state.status === 'active' ? { ...state, ...change } : state;
}

function without(state: TenantState, principal: string): string[] {
  return state.status === 'active' ? state.blocked.filter((one) => one !== principal) : [];
}

/** What is known of a tenant after its data is gone. */
function lastingOf(state: TenantState): TenantPlace & Pick<ActiveTenant, 'note'> {
  if (state.status === 'unknown') return { note: '', ...FIRST_PLACE };
  const { note, database, jurisdiction } = state;
  return { note, database, jurisdiction };
}
