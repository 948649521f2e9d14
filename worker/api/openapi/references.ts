/** Names of the document's schemas, and references to them. */

/** An alias, because an interface would be no schema: it lacks the index signature. */
export type Reference = { readonly $ref: string };

/** A component's name takes fewer characters than a name of ours. */
export function componentName(...parts: readonly string[]): string {
  return parts.join('.').replace(/[^A-Za-z0-9._-]/g, '_');
}

export function schemaRef(...parts: readonly string[]): Reference {
  return { $ref: `#/components/schemas/${componentName(...parts)}` };
}

/** The data of one command. */
export function commandRef(aggregate: string, command: string): Reference {
  return schemaRef(aggregate, 'commands', command);
}

/** The data of one event, in its newest schema version. */
export function eventDataRef(aggregate: string, type: string): Reference {
  return schemaRef(aggregate, 'events', type);
}

/** Any event of an aggregate, as it is stored. */
export function eventRef(aggregate: string): Reference {
  return schemaRef(aggregate, 'Event');
}
