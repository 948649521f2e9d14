/** The law of an event's older shapes: an upcaster lifts whatever its schema accepts, and every handler takes it. */
import type { Aggregate } from '../../aggregate/aggregate.ts';
import { type EventDefinition, upcastData } from '../../aggregate/event.ts';
import { overTheWire } from '../past-event.ts';
import { parsedTestInput } from '../sealed-for-tests.ts';
import { arbitraryOf } from './arbitrary-of.ts';
import { handleEverywhere } from './handle-everywhere.ts';
import type { Law, Subject } from './law.ts';

/** A shape that events were stored in before the newest. */
export interface OlderShape {
  readonly name: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly definition: EventDefinition;
}

export function olderShapes({ events }: Aggregate): OlderShape[] {
  return Object.entries(events).flatMap(([type, definition]) =>
    definition.schemaVersions.slice(0, -1).map((_, index) => ({
      name: `${type}@${index + 1}`,
      type,
      schemaVersion: index + 1,
      definition,
    })),
  );
}

export function lawOfShape(
  { app, aggregate, fastCheck, arbitraries }: Subject,
  shape: OlderShape,
): Law {
  const { type, schemaVersion, definition } = shape;
  const check = () => {
    const { schema } = definition.schemaVersions[schemaVersion - 1] ?? definition;
    const made =
      arbitraries[shape.name] ?? arbitraryOf(fastCheck, `${aggregate.name} ${shape.name}`, schema);
    fastCheck.assert(
      fastCheck.property(made, (input) => {
        const data = overTheWire(parsedTestInput(schema, input));
        definition.schema.parse(upcastData(aggregate.events, { type, schemaVersion, data }));
        handleEverywhere(app, aggregate, { type, schemaVersion, version: 1, data });
      }),
    );
  };
  return { name: `${aggregate.name}: ${shape.name} is lifted to the newest shape`, check };
}
