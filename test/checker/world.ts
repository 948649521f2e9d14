/** Everything that the checker compares, and how it is looked up. Made once, read by every kind of finding. */

import type * as z from 'zod';
import { parseStreamName } from '../../core/aggregate/stream.ts';
import { type App, findAggregate } from '../../core/app.ts';
import { canonicalJson } from '../../core/values/json.ts';
import type { FinalState } from './final-state.ts';
import type { History, storedEvent } from './history.ts';
import { type Intent, intentsOf } from './intents.ts';
import {
  type KnownCredentials,
  knownCredentials,
  type SuspendedTime,
  suspendedTimes,
} from './known-credential.ts';

export type Event = z.output<typeof storedEvent>;

/** The events of one command: a run of neighbours in a log that name the same one. */
export interface Group {
  readonly stream: string;
  readonly commandId: string;
  readonly first: number;
  readonly last: number;
  readonly events: readonly Event[];
}

export interface World {
  readonly app: App;
  readonly history: History;
  readonly state: FinalState;
  /** Every event of every log, by its place. */
  readonly events: ReadonlyMap<string, Event>;
  readonly intents: readonly Intent[];
  readonly groups: readonly Group[];
  readonly credentials: KnownCredentials;
  readonly suspendedTimes: readonly SuspendedTime[];
}

export function worldOf(app: App, history: History, state: FinalState): World {
  const logs = Object.values(state.logs);
  const events = new Map(logs.flat().map((event) => [placeOf(event), event]));
  const groups = logs.flatMap(groupsOf);
  const intents = intentsOf(history.command);
  const access = {
    credentials: knownCredentials(history),
    suspendedTimes: suspendedTimes(history),
  };
  return { app, history, state, events, intents, groups, ...access };
}

export function logOf({ state }: World, stream: string): readonly Event[] {
  return state.logs[stream] ?? [];
}

export function placeOf({ stream, version }: Pick<Event, 'stream' | 'version'>): string {
  return `${stream}@${version}`;
}

/** The parts in which two copies of one event must be equal: everything except the position in the journal. */
export function textOf(event: Event & { readonly position?: number }): string {
  const { position: _position, ...own } = event;
  return canonicalJson(own);
}

/** Only the runtime writes a saga's stream. */
export function isInternal({ app }: World, stream: string): boolean {
  return findAggregate(app, parseStreamName(stream)?.aggregate ?? '')?.isInternal === true;
}

function groupsOf(log: readonly Event[]): Group[] {
  const groups: Group[] = [];
  let events: Event[] = [];
  for (const [index, event] of log.entries()) {
    events.push(event);
    const { stream, metadata } = event;
    if (log[index + 1]?.metadata.commandId === metadata.commandId) continue;
    const first = events[0]?.version ?? event.version;
    groups.push({ stream, commandId: metadata.commandId, first, last: event.version, events });
    events = [];
  }
  return groups;
}
