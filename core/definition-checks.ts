/** What `defineApp` refuses of a definition by itself: names that no URL carries, schemas that JSON does not. */

import type * as z from 'zod';
import { OWN_TENANT } from './access/own-tenant.ts';
import type { Aggregate } from './aggregate/aggregate.ts';
import { IDENTIFIER_RULE, isIdentifier } from './aggregate/stream.ts';
import type { Inbound } from './inbound/inbound.ts';
import type { PublicEventDefinition } from './publication/public-event.ts';
import type { Publication } from './publication/publication.ts';
import type { Schedule } from './schedule/schedule.ts';
import { hasPersonal, personalFault } from './sealed/personal-faults.ts';
import { type Direction, notJson } from './values/schema-json.ts';

export function checkAggregate({ name, commands, events, endsWith = [] }: Aggregate): void {
  checkNames(`${name} command`, Object.keys(commands));
  checkNames(`${name} event`, Object.keys(events));
  const unknownEnd = endsWith.find((type) => !Object.hasOwn(events, type));
  if (unknownEnd !== undefined) {
    throw new Error(`${name} ends with ${unknownEnd}, which is not one of its events.`);
  }
  for (const [command, schema] of Object.entries(commands)) {
    checkSchema(`${name} command ${command}`, schema, 'input');
  }
  for (const [type, { schemaVersions }] of Object.entries(events)) {
    schemaVersions.forEach(({ schema }, index) => {
      checkSchema(`${name} event ${type}, schema version ${index + 1}`, schema, 'output');
    });
  }
}

/** A type has one address for its schema, whichever publications have it. */
export function checkPublicEvents(publications: readonly Publication[]): void {
  const known = new Map<string, PublicEventDefinition>();
  for (const { name: publication, events } of publications) {
    checkNames(`${publication} event`, Object.keys(events));
    for (const [type, versions] of Object.entries(events)) {
      for (const definition of versions) {
        const name = `${type} version ${definition.version}`;
        if ((known.get(name) ?? definition) !== definition) {
          throw new Error(`The public event ${name} is defined twice: share one definition.`);
        }
        known.set(name, definition);
        checkSchema(`${publication} event ${name}`, definition.schema, 'output');
      }
    }
  }
}

/** Nothing seals what is in a message before it is mapped: the command that it becomes declares its personal fields. */
export function checkInbounds(inbounds: readonly Inbound[]): void {
  checkNames(
    'inbound',
    inbounds.map(({ name }) => name),
  );
  for (const { name, input, tenant } of inbounds) {
    checkSchema(`inbound ${name}`, input, 'input');
    if (hasPersonal(input)) {
      throw new Error(
        `The inbound ${name} declares a personal field. Declare it in the command that it sends.`,
      );
    }
    checkTenant(`inbound ${name}`, tenant);
  }
}

/** Their crons and time zones are checked where they are defined. */
export function checkSchedules(schedules: readonly Schedule[]): void {
  checkNames(
    'schedule',
    schedules.map(({ name }) => name),
  );
  for (const { name, tenant } of schedules) checkTenant(`schedule ${name}`, tenant);
}

function checkTenant(of: string, tenant: string | undefined): void {
  if (tenant === undefined || (isIdentifier(tenant) && tenant !== OWN_TENANT)) return;
  throw new Error(`The tenant ${tenant} of the ${of} is no tenant of an app.`);
}

export function checkNames(kind: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!isIdentifier(name)) throw new Error(`The ${kind} name ${name} needs ${IDENTIFIER_RULE}.`);
    if (seen.has(name)) throw new Error(`The ${kind} name ${name} is taken twice.`);
    seen.add(name);
  }
}

function checkSchema(name: string, schema: z.ZodType, direction: Direction): void {
  const fault = notJson(schema, direction) ?? personalFault(schema);
  if (fault !== undefined) throw new Error(`The ${name}: ${fault}`);
}
