/** Failures for names that the app does not define, each with the names of its kind that it does. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import { type App, allSubscribers, inboundOf, listsOf, publicationsOf } from '../../core/app.ts';
import { unknownName } from '../../core/protocol/unknown-name.ts';
import type { Schedule } from '../../core/schedule/schedule.ts';
import { ownValue } from '../../core/values/own-value.ts';

export function unknownAggregate({ aggregates }: App, name: string): Failure {
  return unknownName('aggregate', name, namesOf(aggregates));
}

export function unknownQuery({ projections }: App, name: string): Failure {
  const queries = projections.flatMap((projection) => projection.queries);
  return unknownName('query', name, [...addressesOf(projections), ...namesOf(queries)]);
}

/** One that has rows to be read, under the name of a table. */
export function unknownList({ projections }: App, name: string): Failure {
  return unknownName('projection', name, addressesOf(projections));
}

/** Whatever operators see under `/v1/projections`. */
export function unknownFollower(app: App, name: string): Failure {
  return unknownName('projection', name, namesOf(allSubscribers(app)));
}

export function unknownPublication(app: App, name: string): Failure {
  return unknownName('publication', name, namesOf(publicationsOf(app)));
}

export function unknownInbound(app: App, name: string): Failure {
  return unknownName('inbound', name, namesOf(inboundOf(app)));
}

/** Of those that the caller's tenant has. */
export function unknownSchedule(schedules: readonly Schedule[], name: string): Failure {
  return unknownName('schedule', name, namesOf(schedules));
}

/** An address that lacks the name at its end: the addresses with names. Another address has no hint. */
export function unknownAddress(app: App, path: string, basePath: string): Failure {
  const place = path.replace(/\/$/, '');
  const names = ownValue(namesUnder(app), place.slice(basePath.length)) ?? [];
  const known = names.map((name) => `${place}/${name}`);
  return unknownName('address', path, known);
}

/** By the address that lacks a name. */
function namesUnder(app: App): Readonly<Record<string, readonly string[]>> {
  const { projections, aggregates } = app;
  const queries = projections.flatMap((projection) => namesOf(projection.queries));
  const streams = namesOf(aggregates).map((name) => `${name}/{id}`);
  return {
    '/v1/queries': [...addressesOf(projections), ...queries],
    '/v1/aggregates': streams,
    '/v1/streams': streams,
  };
}

function addressesOf(projections: App['projections']): string[] {
  return projections.flatMap(listsOf).map(({ address }) => address);
}

function namesOf(all: readonly { readonly name: string }[]): string[] {
  return all.map(({ name }) => name);
}
