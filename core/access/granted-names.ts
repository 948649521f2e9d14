/**
 * What a principal may do, by the names that a refusal has as `needs`. A grant is named where some data and some state
 * fulfil its conditions: the rule itself is asked when the command or the read comes.
 */
import { type App, allAggregates, inboundOf, publicationsOf } from '../app.ts';
import { hasPersonalData } from '../personal-data.ts';
import { scopeOf } from '../projection/row-scope.ts';
import type { Rights } from './rights.ts';

/** In the order of the app. Operators' areas are not among them: the deployment's own roles open these too. */
export function grantedNames(app: App, rights: Rights): string[] {
  const aggregates = allAggregates(app);
  const commanded = aggregates.filter(({ isInternal }) => !isInternal);
  const { rows, journal } = rights;
  return [
    ...commanded.flatMap(({ name: aggregate, commands }) =>
      Object.keys(commands)
        .filter((command) => rights.mayCommand(aggregate, command))
        .map((command) => `command ${aggregate}/${command}`),
    ),
    ...aggregates.filter(({ name }) => rights.mayRead(name)).map(({ name }) => `read ${name}`),
    ...app.projections
      .flatMap(({ tables }) => tables)
      .filter(({ name }) => scopeOf({ rows }, name) !== undefined)
      .map(({ name }) => `rows ${name}`),
    ...aggregates
      .filter(({ name }) => journal === 'all' || journal.includes(name))
      .map(({ name }) => `journal ${name}`),
    ...publicationsOf(app)
      .filter(({ name }) => rights.mayFollow(name))
      .map(({ name }) => `publication ${name}`),
    ...publicationsOf(app)
      .filter(({ name }) => rights.mayConsume(name))
      .map(({ name }) => `consume ${name}`),
    ...inboundOf(app)
      .filter(({ name, verify }) => verify.kind === 'credential' && rights.maySendTo(name))
      .map(({ name }) => `inbound ${name}`),
    ...(rights.mayBackdate ? ['backdate'] : []),
    ...(rights.opensPersonal && hasPersonalData(app) ? ['personal'] : []),
  ];
}
