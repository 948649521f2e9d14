/** The objects of a run that are no more than their relay, by name, and as other processes call them. */
import { objectName } from '../../core/aggregate/stream.ts';
import type { App } from '../../core/app.ts';
import type { EventRange } from '../../durable-objects/aggregate/event-log.ts';
import { reportIncidents, resolveIncidents } from '../../worker/incidents/incidents.ts';
import { settledVersion } from '../../worker/projections/settled-version.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { ask, Process, type World } from '../simulator/process.ts';
import { RelayObject, type RelayPorts } from './relay-object.ts';

export interface RelayObjectsSetting {
  readonly world: World;
  readonly app: App;
  /** The bindings of an object. */
  readonly envOf: (process: Process) => LedgeEnv;
}

export class RelayObjects {
  readonly #setting: RelayObjectsSetting;
  readonly #ports: RelayPorts;
  readonly #objects = new Map<string, RelayObject>();

  constructor(setting: RelayObjectsSetting) {
    this.#setting = setting;
    this.#ports = portsOf(setting);
  }

  has(name: string): boolean {
    return this.#objects.has(name);
  }

  /** Made when it is first asked for. */
  of(tenant: string, stream: string): RelayObject {
    const name = objectName(tenant, stream);
    const known = this.#objects.get(name);
    if (known) return known;
    const { envOf, world } = this.#setting;
    const env = envOf(new Process('aggregate', name));
    const { timeline } = world;
    const made = new RelayObject({ timeline, ports: this.#ports, env, tenant, stream });
    this.#objects.set(name, made);
    return made;
  }

  stub(process: Process, name: string) {
    const object = this.#objects.get(name);
    if (!object) throw new Error(`There is no object ${name}.`);
    const call = <Answer>(what: string, serve: () => Answer) =>
      ask(this.#setting.world, process, { what, serve, lost: () => new Error('It is away.') });
    return {
      headVersion: () => call('aggregate.headVersion', () => object.headVersion()),
      confirm: (version: number) => call('aggregate.confirm', () => object.confirm(version)),
      events: (range: EventRange) => call('aggregate.events', () => object.events(range)),
    };
  }
}

/** As the Worker gives them to its objects. */
function portsOf({ world, app }: RelayObjectsSetting): RelayPorts {
  const nowMs = () => world.timeline.wallMs;
  const { databases, platform } = machineryFor(app, { nowMs, log: () => undefined });
  return {
    nowMs,
    sendEvents: async (env, message, { tenant, stream }) =>
      platform.sendEvents(env, message, await databases.queueOf(env, tenant, stream)),
    oldestMessageMs: async (env, { tenant, stream }) =>
      platform.oldestMessageMs(env, await databases.queueOf(env, tenant, stream)),
    projectedVersion: async (env, tenant, stream) =>
      settledVersion(app, (await databases.of(env, tenant)).database, { tenant, stream }),
    reportIncident: (env, incident) => reportIncidents(env, platform.log, [incident]),
    resolveIncident: (env, resolved) => resolveIncidents(env, platform.log, [resolved]),
  };
}
