/**
 * Of an aggregate's object what the read side meets: its relay, its alarm with the confirmation, and its events until
 * they are confirmed. These run the product's code; commands and SQLite are left out, so that a hundred thousand
 * objects fit into memory.
 */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { parseStreamName } from '../../core/aggregate/stream.ts';
import { type AlarmWork, workOffAlarm } from '../../durable-objects/aggregate/alarm-work.ts';
import { DeliveryIncidents } from '../../durable-objects/aggregate/delivery-incidents.ts';
import type { EventRange } from '../../durable-objects/aggregate/event-log.ts';
import { type AlarmSetting, ObjectAlarm } from '../../durable-objects/aggregate/object-alarm.ts';
import { Relay } from '../../durable-objects/aggregate/relay.ts';
import type { Ports } from '../../durable-objects/ports.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import type { Timeline } from '../simulator/timeline.ts';
import { RelayLog } from './relay-log.ts';

export type RelayPorts = Pick<
  Ports<LedgeEnv>,
  | ('nowMs' | 'sendEvents' | 'oldestMessageMs')
  | ('projectedVersion' | 'reportIncident' | 'resolveIncident')
>;

export interface RelayObjectSetting {
  readonly timeline: Timeline;
  readonly ports: RelayPorts;
  readonly env: LedgeEnv;
  readonly tenant: string;
  readonly stream: string;
}

/** It has no timers, no actions and no outcomes without a stream. */
const noTimers = { next: () => undefined, nextMs: () => undefined, isEmpty: true };
const noActions = { nextMs: () => undefined, goOn: async () => undefined };

export class RelayObject {
  readonly #setting: RelayObjectSetting;
  readonly #log: RelayLog;
  readonly #relay: Relay;
  readonly #alarm: ObjectAlarm;
  readonly #work: AlarmWork;
  #alarmMs: number | null = null;

  constructor(setting: RelayObjectSetting) {
    this.#setting = setting;
    const { ports, env, tenant, stream } = setting;
    const address = parseStreamName(stream);
    if (!address) throw new Error(`${stream} is not the name of a stream.`);
    this.#log = new RelayLog({ tenant, ...address });
    this.#relay = new Relay({
      send: (message) => ports.sendEvents(env, message, { tenant, stream }),
      oldestMessageMs: () => ports.oldestMessageMs(env, { tenant, stream }),
    });
    this.#alarm = this.#makeAlarm();
    this.#work = this.#makeWork();
  }

  #makeAlarm(): ObjectAlarm {
    const storage = {
      getAlarm: async () => this.#alarmMs,
      setAlarm: async (atMs: number) => this.#setAlarm(atMs),
    };
    const { nowMs } = this.#setting.ports;
    // It calls no more of an object's storage.
    const parts = { storage, log: this.#log, timers: noTimers, actions: noActions };
    const setting = { ...parts, recovery: {}, restoring: {}, nowMs };
    return new ObjectAlarm(setting as unknown as AlarmSetting);
  }

  #makeWork(): AlarmWork {
    const { ports, env, tenant, stream } = this.#setting;
    const storage = { alarm: this.#alarm, log: this.#log, timers: noTimers };
    const work = {
      run: {
        storage: { ...storage, restoring: {}, tables: { hasKnownFormat: true } },
        executing: { nowMs: ports.nowMs },
        report: () => undefined,
      },
      recovery: { isOpen: false },
      actions: noActions,
      projectedVersion: () => ports.projectedVersion(env, tenant, stream),
      oldestMessageMs: () => this.#relay.oldestMessageMs(),
      remind: (version: number) => this.#relay.remind(tenant, stream, version),
      deliveryIncidents: new DeliveryIncidents(
        { tenant, stream },
        (incident) => ports.reportIncident(env, incident),
        (resolved) => ports.resolveIncident(env, resolved),
      ),
    };
    // The alarm of an object without timers calls no more of it.
    return work as unknown as AlarmWork;
  }

  get nextVersion(): number {
    return this.#log.head().version + 1;
  }

  append(event: StoredEvent): void {
    const before = this.#log.head().id;
    const arm = this.#alarm.beforeWrite();
    this.#log.add(event);
    arm();
    // As in an object: the alarm looks after what was not sent.
    this.#relay.offer([event], before).catch(() => undefined);
  }

  headVersion(): number {
    return this.#log.head().version;
  }

  confirm(version: number): void {
    this.#log.settle(version);
  }

  events(range: EventRange): readonly StoredEvent[] {
    return this.#log.eventsAfter(range);
  }

  #setAlarm(atMs: number): void {
    this.#alarmMs = atMs;
    const { timeline, ports, stream } = this.#setting;
    const ring = () => {
      if (this.#alarmMs !== atMs) return;
      this.#alarmMs = null;
      void workOffAlarm(this.#work);
    };
    timeline.in(atMs - ports.nowMs(), `the alarm of ${stream}`, ring);
  }
}
