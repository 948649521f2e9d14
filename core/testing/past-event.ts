/** Past events for the test kits: checked by their schemas and stored as JSON, as the runtime would. */

import { type Aggregate, checkEvents } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import type { EventData, StoredEvent } from '../aggregate/event.ts';
import type { Unsealed } from '../sealed/sealed.ts';
import type { Json } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { readTestInput } from './sealed-for-tests.ts';

/** The default time of tests. */
export const TEST_MOMENT = '2026-01-01T00:00:00.000Z';

/**
 * An event of an aggregate; with a `schemaVersion`, in the shape of that version. The newest shape is the last member
 * of the union, because the compiler compares a wrong event with that one and so names the missing field.
 */
export type PastEvent<Tested extends Aggregate> =
  | {
      readonly type: keyof Tested['events'] & string;
      readonly schemaVersion: number;
      readonly data: Json;
    }
  | {
      [Type in keyof Tested['events'] & string]: {
        readonly type: Type;
        readonly schemaVersion?: never;
        readonly data: Unsealed<EventData<Tested['events'][Type]>>;
      };
    }[keyof Tested['events'] & string];

/** An event as the log stores it. */
export type StoredFact = Pick<StoredEvent, 'type' | 'schemaVersion' | 'data'>;

/** The event as the log would store it. An event of an older schema version is not checked. */
export function storedAs(
  aggregate: Aggregate,
  event: { type: string; data: unknown; schemaVersion?: number },
): StoredFact {
  const { type, data, schemaVersion } = event;
  if (schemaVersion !== undefined) return { type, schemaVersion, data: overTheWire(data) };
  const events = checkEvents(aggregate, accept({ type, data: sealedData(aggregate, type, data) }));
  if ('outcome' in events) throw new Error(`${type} is ${events.outcome}.`);
  const [checked] = events;
  if (!checked) throw new Error('One event in, one event out.');
  return { type, schemaVersion: checked.schemaVersion, data: checked.data };
}

/** An event that its schema refuses is left as it is: `checkEvents` has the words for it. */
function sealedData({ events }: Aggregate, type: string, data: unknown): unknown {
  const schema = ownValue(events, type)?.schema;
  const read = schema && readTestInput(schema, data);
  return read?.success ? read.data : data;
}

/** A value after a round trip through JSON, as commands and events make. */
export function overTheWire(value: unknown): Json {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}
