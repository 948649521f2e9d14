/** Assembles the parts of one aggregate's object: once per instance, when its name is known. */
import type { Access } from '../../core/access/define-access.ts';
import type { Aggregate } from '../../core/aggregate/aggregate.ts';
import { parseObjectName, type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { type App, actionsOf, findStored } from '../../core/app.ts';
import { ObjectTables } from '../object-tables.ts';
import type { Ports } from '../ports.ts';
import { ActionIncidents } from './actions/action-incidents.ts';
import { ActionRunner } from './actions/action-runner.ts';
import { AggregateStorage } from './aggregate-storage.ts';
import type { AlarmWork } from './alarm-work.ts';
import { DeliveryIncidents } from './delivery-incidents.ts';
import { Recovery } from './recovery/recovery.ts';
import { Relay } from './relay.ts';
import type { Report } from './report.ts';
import type { CommandRun } from './run-commands.ts';
import type { AGGREGATE_SCHEMA } from './schema.ts';
import type { StateAccess } from './state-access.ts';
import { StreamIncidents } from './stream-incidents.ts';
import type { KeyWrapping } from './subject-key-table.ts';
import { TimerIncidents } from './timer-incidents.ts';

type AggregateSchema = typeof AGGREGATE_SCHEMA;

export interface AggregateParts {
  readonly tenant: string;
  readonly storage: AggregateStorage;
  readonly run: CommandRun;
  readonly timerIncidents: TimerIncidents;
  readonly actions: ActionRunner;
  readonly recovery: Recovery;
  readonly wrapping: KeyWrapping;
  readonly alarmWork: AlarmWork;
}

/** The delay of the alarm until it checks again for code that knows the storage format. Our value. */
const AWAIT_CODE_MS = 60_000;

interface ObjectParts<Env> {
  readonly app: App;
  readonly access?: Access | undefined;
  readonly ports: Ports<Env>;
  readonly schema: AggregateSchema;
  readonly ctx: DurableObjectState;
  readonly env: Env;
}

export function aggregateParts<Env>(object: ObjectParts<Env>): AggregateParts {
  const { app, access, ports, schema, ctx, env } = object;
  const tables = new ObjectTables(ctx.storage, schema, ctx.id.name);
  const address = addressOf(tables.name);
  const { tenant } = address;
  const { nowMs, newId, inSpan } = ports;
  const aggregate = aggregateNamed(app, address.aggregate);
  const stream = streamName(address);
  const report: Report = (level, line) => ports.log(level, { tenant, stream, ...line });
  const actions = actionsOf(app).filter(({ sources }) => sources.includes(aggregate.name));
  const stored = { address, aggregate, actions, nowMs, report };
  const storage = new AggregateStorage(ctx.storage, tables, stored);
  const { log } = storage;
  const stateAccess: StateAccess = {
    aggregate: address.aggregate,
    access,
    fault: (error) => {
      report('error', { operation: 'access-rule', error });
      // A rule that throws may have mutated the state before.
      storage.image.discard();
    },
  };
  const incidents = {
    report: ports.reportIncident.bind(ports, env),
    resolve: ports.resolveIncident.bind(ports, env),
  };
  const waitUntil = (promise: Promise<unknown>) => ctx.waitUntil(promise);
  const streamIncidents = new StreamIncidents(tenant, log, { incidents, waitUntil, report });
  const timerIncidents = new TimerIncidents(streamIncidents, report);
  const runner = new ActionRunner({
    ...{ storage, aggregate, actions, nowMs, waitUntil, report },
    env: ports.ownEnv(env),
    open: (sealed) => ports.openPersonal(env, tenant, sealed),
    send: (event, reaction, origin) => ports.sendReaction(env, event, reaction, origin),
    incidents: new ActionIncidents(streamIncidents, report),
  });
  const relay = new Relay({
    send: (message, correlations) =>
      inSpan(
        'ledge.relay',
        () => ({ stream, correlations }),
        () => ports.sendEvents(env, message, { tenant, stream }),
      ),
    oldestMessageMs: () => ports.oldestMessageMs(env, { tenant, stream }),
  });
  const run: CommandRun = {
    storage,
    executing: { aggregate, address, nowMs, newId, inSpan, stateAccess },
    offer: (events, before) => {
      if (events.length === 0) return;
      waitUntil(
        relay
          .offer(events, before)
          .catch((error: unknown) => report('warn', { operation: 'relay', error })),
      );
    },
    act: () => runner.begin(),
    released: (ids) => timerIncidents.resolved(ids),
    report,
  };
  const deliveryIncidents = new DeliveryIncidents(
    { tenant, stream },
    incidents.report,
    incidents.resolve,
  );
  const recovery = new Recovery({
    ...{ storage, tenant, nowMs, newId, incidents, waitUntil, report },
    parked: () => runner.reportParked(),
    journalEnd: () => ports.journalEnd(env, tenant, stream),
    readJournal: (after, limit) => ports.readJournal(env, { tenant, stream }, after, limit),
  });
  const alarmWork: AlarmWork = {
    run,
    recovery,
    actions: runner,
    projectedVersion: () => ports.projectedVersion(env, tenant, stream),
    oldestMessageMs: () => relay.oldestMessageMs(),
    remind: (version) => relay.remind(tenant, stream, version),
    awaitCode: () => ctx.storage.setAlarm(nowMs() + AWAIT_CODE_MS),
    deliveryIncidents,
    timerIncidents,
  };
  const wrapping: KeyWrapping = {
    newKey: () => ports.newSubjectKey(env, tenant),
    rewrap: (wrapped) => ports.rewrapSubjectKey(env, tenant, wrapped),
  };
  return { tenant, storage, run, timerIncidents, actions: runner, recovery, wrapping, alarmWork };
}

function addressOf(name: string): StreamAddress {
  const address = parseObjectName(name);
  if (!address)
    throw new Error('An aggregate object must be addressed by the name tenant/type/id.');
  return address;
}

function aggregateNamed(app: App, name: string): Aggregate {
  const aggregate = findStored(app, name);
  if (!aggregate) throw new Error(`Aggregate ${name} is not in the app.`);
  return aggregate;
}
