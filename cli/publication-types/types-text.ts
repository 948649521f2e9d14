/** The types that a consumer of a publication needs, as a TypeScript module that imports nothing. Pure. */
import type { CatalogPublication } from '../../core/catalog/catalog-shape.ts';
import { commandText } from '../../core/package-name.ts';
import { keywordsOf } from '../../core/values/schema-keywords.ts';
import { commentText, quoted, typeText } from './schema-type.ts';

type PublicVersion = CatalogPublication['events'][number]['versions'][number];

interface NamedVersion extends PublicVersion {
  readonly type: string;
  /** Of its data. */
  readonly name: string;
}

export function typesText({ name: publication, events }: CatalogPublication): string {
  const prefix = pascal(publication);
  const versions = namedVersions(events);
  return [
    `// Written by \`${commandText(`types --publication ${publication}`)}\`. Write it again instead of editing it.`,
    ...['', envelope(prefix)],
    ...versions.flatMap(dataText),
    ...['', '/** By type and version. */', `export interface ${prefix}Events {`],
    ...versions.flatMap((version) => entryText(prefix, version)),
    '}',
    '',
    `/**
 * A public event of \`${publication}\`, distinguished by \`type\`, and by \`is${prefix}Event\` where a type has several versions. A feed may have types
 * and versions that are newer than this file.
 */
export type ${prefix}Event = ${prefix}Events[keyof ${prefix}Events];

/** Whether an event is of a type in one version. */
export function is${prefix}Event<Name extends keyof ${prefix}Events>(
  event: ${prefix}Event,
  name: Name,
): event is ${prefix}Events[Name] {
  return event.dataschema.endsWith(\`/schemas/\${name}\`);
}
`,
  ].join('\n');
}

/** As it is sent in a feed and to a webhook. */
function envelope(prefix: string): string {
  return `/** A CloudEvent 1.0 in JSON, as it is read from the feed and sent to a webhook. */
export interface ${prefix}CloudEvent<Type extends string, Version extends number, Data> {
  readonly specversion: '1.0';
  /** With \`source\`, the same each time that the event comes. */
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  /** The stream that it is about, like \`order/o-1\`. */
  readonly subject: string;
  /** When it happened, ISO 8601 in UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The address of the JSON Schema of its data. */
  readonly dataschema: \`\${string}/schemas/\${Type}/\${Version}\`;
  /** Its order in the feed, compared as text. */
  readonly sequence: string;
  /** From which a reader goes on behind it. */
  readonly position: string;
  readonly traceparent?: string;
  readonly data: Data;
}`;
}

/** Names that two types would share are distinguished by a mark. */
function namedVersions(events: CatalogPublication['events']): readonly NamedVersion[] {
  const taken = new Set<string>();
  return events.flatMap(({ type, versions }) =>
    versions.map((version) => {
      let name = `${pascal(type)}${version.version}`;
      while (taken.has(name)) name += '_';
      taken.add(name);
      return { ...version, type, name };
    }),
  );
}

function dataText({ type, version, name, schema, deprecated }: NamedVersion): string[] {
  const { $defs, ...root } = schema;
  const nameOf = (definition: string) =>
    definition === '#' ? name : `${name}${pascal(definition)}`;
  const definitions = Object.entries(keywordsOf($defs)).flatMap(([definition, one]) => [
    ...['', ...commentText(keywordsOf(one), '')],
    `export type ${nameOf(definition)} = ${typeText(one, nameOf)};`,
  ]);
  const description =
    typeof root.description === 'string' ? root.description : `The data of ${type}.`;
  const end = deprecated === undefined ? '' : ` @deprecated Promised until ${deprecated}.`;
  return [
    ...definitions,
    '',
    ...commentText({ description: `${description} Version ${version}.${end}` }, ''),
    `export type ${name} = ${typeText(root, nameOf)};`,
  ];
}

function entryText(prefix: string, { type, version, name }: NamedVersion): string[] {
  const key = quoted(`${type}/${version}`);
  return [`  readonly ${key}: ${prefix}CloudEvent<${quoted(type)}, ${version}, ${name}>;`];
}

/** `shop.order-placed` → `ShopOrderPlaced`. */
function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `Event${joined}`;
}
