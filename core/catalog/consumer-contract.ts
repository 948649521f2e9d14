/**
 * What a consumer relies on of a publication, compared with what the publication may send: each event that it may send has to be
 * one that the consumer takes.
 */
import * as z from 'zod';
import { gapBetween } from '../publication/schema-inclusion.ts';
import { rewritten, withoutAnnotations } from '../values/schema-form.ts';
import {
  definitionName,
  definitionsOf,
  keywordsOf,
  type SchemaObject,
} from '../values/schema-keywords.ts';
import type { CatalogPublication } from './catalog-shape.ts';

const name = z.string().min(1);

/** A JSON file. `data` is JSON Schema: the fields that the consumer uses, open for others. */
export const consumerContract = z.strictObject({
  consumer: name,
  publication: name,
  events: z
    .array(
      z.strictObject({
        type: name,
        version: z.int().min(1),
        data: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1)
    .readonly(),
});

export type ConsumerContract = z.output<typeof consumerContract>;

export interface ContractComparison {
  /** What the consumer would not take, each with the consumer, the event and the field. */
  readonly faults: readonly string[];
  /** Uses of deprecated versions. */
  readonly notes: readonly string[];
}

type Use = ConsumerContract['events'][number];

type PublicVersion = CatalogPublication['events'][number]['versions'][number];

export function compareContract(
  contract: ConsumerContract,
  publications: readonly CatalogPublication[],
): ContractComparison {
  const { consumer, publication } = contract;
  const found = publications.find((one) => one.name === publication);
  if (!found) {
    const names = publications.map((one) => one.name).join(', ');
    const others = names === '' ? 'There is none' : `There are: ${names}`;
    return {
      faults: [
        `${consumer} reads the publication ${publication}, which does not exist. ${others}.`,
      ],
      notes: [],
    };
  }
  const compared = contract.events.map((use) => compareUse(contract, use, found));
  return {
    faults: compared.flatMap(({ faults }) => faults),
    notes: compared.flatMap(({ notes }) => notes),
  };
}

function compareUse(
  { consumer, publication }: ConsumerContract,
  use: Use,
  { events }: CatalogPublication,
): ContractComparison {
  const event = `${use.type} version ${use.version} of ${publication}`;
  const versions = events.find(({ type }) => type === use.type)?.versions ?? [];
  const version = versions.find((one) => one.version === use.version);
  if (!version) {
    return { faults: [`${consumer} uses ${event}, which is not published. ${REMEDY}`], notes: [] };
  }
  const found = faultOf(use, version);
  const { deprecated } = version;
  return {
    faults: found === undefined ? [] : [`${consumer} uses ${event}: ${found}. ${REMEDY}`],
    notes:
      deprecated === undefined
        ? []
        : [`${consumer} uses ${event}, which is promised until ${deprecated}.`],
  };
}

const REMEDY =
  'Bring it back, or publish the change as another version and let the consumer move to it, or correct the contract.';

function faultOf({ data }: Use, { schema }: PublicVersion): string | undefined {
  const [taken, sent] = [inlined(withoutAnnotations(data)), inlined(withoutAnnotations(schema))];
  const unknown = unknownField(taken, sent);
  if (unknown !== undefined) return `${unknown} is no field of it`;
  const gap = gapBetween(taken, sent);
  return gap === undefined ? undefined : `${gap}, which the contract does not take`;
}

/** With definitions in their place; without the mark of personal fields: a consumer takes the value and `null`. */
function inlined(schema: unknown): unknown {
  const { $defs: _inPlace, ...root } = keywordsOf(schema);
  return inPlace(root, definitionsOf(keywordsOf(schema)), ['#']);
}

/** `within`: the references that led here. A recursive one stays. */
function inPlace(schema: unknown, definitions: SchemaObject, within: readonly string[]): unknown {
  return rewritten(schema, ({ $ref, 'x-personal': _subject, ...rest }) => {
    if (typeof $ref !== 'string') return rest;
    if (within.includes($ref)) return { $ref, ...rest };
    const { $defs: _outer, ...definition } = keywordsOf(definitions[definitionName($ref)]);
    return { ...keywordsOf(inPlace(definition, definitions, [...within, $ref])), ...rest };
  });
}

/** A field of the contract that the event never has: required or not, it would never come. */
function unknownField(taken: unknown, sent: unknown, at = ''): string | undefined {
  const senders = alternativesOf(sent);
  for (const [name, field] of Object.entries(keywordsOf(keywordsOf(taken).properties))) {
    const path = at === '' ? name : `${at}.${name}`;
    const having = senders.filter((one) => mayHave(one, name));
    if (having.length === 0 && senders.length > 0) return path;
    const inner = { anyOf: having.map((one) => keywordsOf(one.properties)[name] ?? {}) };
    const found = unknownField(field, inner, path);
    if (found !== undefined) return found;
  }
  const items = senders.map((one) => one.items).filter((one) => one !== undefined);
  const { items: takenItems } = keywordsOf(taken);
  if (takenItems === undefined || items.length === 0) return undefined;
  return unknownField(takenItems, { anyOf: items }, `${at}[]`);
}

function mayHave({ properties, additionalProperties }: SchemaObject, name: string): boolean {
  return Object.hasOwn(keywordsOf(properties), name) || additionalProperties !== false;
}

/** Of a union, the alternatives that can have fields or items. */
function alternativesOf(schema: unknown): readonly SchemaObject[] {
  const { anyOf, oneOf, ...rest } = keywordsOf(schema);
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) return alternatives.flatMap(alternativesOf);
  return rest.type === 'null' ? [] : [rest];
}
