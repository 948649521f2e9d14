/**
 * A history as a faultless server would have it, built step by step: counters in memory, clients that write down what
 * they see. Tests spoil it afterwards.
 */
import { fold } from '../../../core/aggregate/aggregate.ts';
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { counter } from '../../e2e/crash/counts.ts';
import type { FinalState } from '../final-state.ts';
import type { Command, Line, Wanted } from '../history.ts';
import { type Begun, Recorder } from '../recorder.ts';

export class Story {
  readonly logs: Record<string, StoredEvent[]> = {};
  readonly journal: (StoredEvent & { position: number })[] = [];
  /** The time of what is recorded next. */
  atMs = 0;
  readonly #recorder = new Recorder(() => this.atMs);

  get lines(): Line[] {
    return this.#recorder.lines;
  }

  begin(process: string, wanted: Wanted): Begun {
    return this.#recorder.begin(process, wanted);
  }

  /** Asked and answered at once. */
  record(process: string, wanted: Wanted, answer: object): void {
    this.begin(process, wanted).ok(answer);
  }

  /** Counted and answered at once. */
  count(process: string, stream: string, times: number, more: Partial<Command> = {}): object {
    const wanted = counting(stream, times, more);
    const answer = this.append(wanted);
    this.record(process, wanted, answer);
    return answer;
  }

  /** The server's work, whether or not a client receives the response. */
  append({ stream, key, data }: Command): { version: number; events: StoredEvent[] } {
    const log = this.logs[stream] ?? [];
    this.logs[stream] = log;
    const commandId = key ?? `command-${this.journal.length}`;
    const events = Array.from({ length: Number(Object(data).times) }, (_, index) =>
      counted(stream, log.length + index + 1, commandId),
    );
    log.push(...events);
    for (const event of events) this.journal.push({ ...event, position: this.journal.length + 1 });
    return { version: log.length, events };
  }

  readState(process: string, stream: string): void {
    const version = this.logs[stream]?.length ?? 0;
    this.record(process, { kind: 'state', stream }, { version, state: {} });
  }

  readRows(process: string, ...tokens: string[]): void {
    this.record(process, { kind: 'rows', projection: 'counts', tokens }, { rows: this.#rows() });
  }

  follow(process: string, after: number): void {
    const events = this.journal.slice(after);
    this.record(process, { kind: 'follow', after }, { events, after: this.journal.length });
  }

  #rows(): Record<string, unknown>[] {
    return Object.entries(this.logs).map(([stream, log]) => {
      return { counter: stream.split('/')[1], total: log.length };
    });
  }

  state(): FinalState {
    const logs = Object.entries(this.logs);
    return structuredClone({
      logs: this.logs,
      journal: this.journal,
      checkpoints: Object.fromEntries(logs.map(([stream, log]) => [stream, log.length])),
      states: Object.fromEntries(
        logs.map(([stream, log]) => [
          stream,
          { version: log.length, state: fold(counter, {}, log) },
        ]),
      ),
      rows: { counts: this.#rows() },
      sagas: [],
      parked: [],
    }) as FinalState;
  }
}

export function counting(stream: string, times: number, more: Partial<Command> = {}): Command {
  return { kind: 'command', stream, command: 'Count', data: { times }, ...more };
}

function counted(stream: string, version: number, commandId: string): StoredEvent {
  return {
    id: `${stream}@${version}`,
    tenant: 'main',
    stream,
    version,
    type: 'Counted',
    schemaVersion: 1,
    data: {},
    recordedAt: '2026-01-01T00:00:00.000Z',
    occurredAt: '2026-01-01T00:00:00.000Z',
    metadata: { actor: 'somebody', commandId, causationId: commandId, correlationId: commandId },
  };
}

/** Clients that write with keys and without, lose answers, expect versions, read and follow. */
export function goodStory(): Story {
  const story = new Story();
  story.count('ann', 'counter/a', 2, { key: 'a-1' });
  story.readState('ann', 'counter/a');
  story.count('bob', 'counter/a', 1);
  story.follow('eve', 0);
  story.count('ann', 'counter/a', 1, { expectedVersion: 3 });
  const late = story.begin('bob', counting('counter/a', 1, { expectedVersion: 1 }));
  late.fail({ outcome: 'conflict' });
  story.readRows('bob', 'counter/a@4');

  const lost = counting('counter/b', 3, { key: 'b-1' });
  const unanswered = story.begin('ann', lost);
  const { version, events } = story.append(lost);
  unanswered.unknown();
  story.record('ann', lost, { version, events });

  story.begin('bob', counting('counter/b', 1));
  const done = counting('counter/b', 1);
  story.begin('bob', done);
  story.append(done);

  const first = story.begin('ann', counting('counter/b', 1));
  const second = story.begin('bob', counting('counter/b', 2));
  second.ok(story.append(counting('counter/b', 2)));
  first.ok(story.append(counting('counter/b', 1)));
  story.follow('eve', 3);
  const page = { kind: 'events', stream: 'counter/b', after: 2 } as const;
  story.record('eve', page, { events: story.logs['counter/b']?.slice(2) });
  story.readState('bob', 'counter/b');
  story.readRows('bob');
  return story;
}
