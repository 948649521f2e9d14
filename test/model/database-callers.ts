/** What the invocations that call D1 have of their own, over all databases: connections, and when they wrote last. */
import type { Process } from '../simulator/process.ts';
import { limits } from './setting.ts';
import { Turns } from './turns.ts';

export class DatabaseCallers {
  readonly #connections = new WeakMap<Process, Turns>();
  /** So long have an invocation's events been in D1. */
  readonly writtenAtMs = new WeakMap<Process, number>();

  connectionsOf(process: Process): Turns {
    const known = this.#connections.get(process) ?? new Turns(limits.databaseConnections);
    this.#connections.set(process, known);
    return known;
  }
}
