/**
 * What a route needs of its caller. One table for the router, which refuses to start with a route that is not in it, for
 * the check in front of the routes, and for the document that describes them.
 */

import type { OperatedArea } from '../../core/access/grants.ts';

/**
 * `public`: nothing. `inbound`: the signature that the inbound of the address verifies, or `caller` where it takes a
 * credential. `principal`: any. `caller`: one of a tenant that has data, which Ledge's own has not. `operator`: a
 * caller with that role. `platform`: an operator of the deployment, which is one of Ledge's own tenant. `platform-admin`: an
 * administrator of it. `platform-monitor`: one with the role `monitor` in it, or an operator of it. An operated area: the role `operator`, or a role of the
 * app that may inspect or operate the area. `admin`: a principal with that role. `auditor`: one of both.
 */
export type Need =
  | 'public'
  | 'inbound'
  | 'principal'
  | 'caller'
  | 'operator'
  | 'platform'
  | 'platform-admin'
  | 'platform-monitor'
  | 'admin'
  | 'auditor'
  | OperatedArea;

/** By the beginning of the address, in whole segments; the longest one counts. `/` is that address alone, `*` a parameter. */
export const needs = {
  '/health': 'public',
  '/login': 'public',
  '/v1/commands': 'caller',
  '/v1/aggregates': 'caller',
  '/v1/simulate': 'caller',
  '/v1/streams': 'caller',
  '/v1/events': 'caller',
  '/v1/publications': 'caller',
  '/v1/inbound': 'inbound',
  '/v1/queries': 'caller',
  '/v1/live': 'caller',
  '/v1/me': 'principal',
  '/v1/keys': 'admin',
  '/v1/tenants': 'admin',
  '/v1/issuers': 'platform-admin',
  '/v1/sessions': 'principal',
  '/v1/audit': 'auditor',
  '/v1/usage': 'operator',
  '/v1/sagas': 'sagas',
  '/v1/timers': 'timers',
  '/v1/actions': 'actions',
  '/v1/schedules': 'schedules',
  '/v1/subjects': 'privacy',
  '/v1/subscriptions': 'subscriptions',
  '/v1/groups': 'groups',
  '/v1/groups/*/receive': 'caller',
  '/v1/groups/*/ack': 'caller',
  '/v1/groups/*/nack': 'caller',
  '/v1/groups/*/extend': 'caller',
  '/v1/projections': 'platform',
  '/v1/status': 'platform-monitor',
  '/v1/metrics': 'platform-monitor',
  '/v1/dead-letters': 'dead-letters',
  '/v1/incidents': 'operator',
  '/v1/redrive': 'dead-letters',
  '/v1/recover': 'operator',
  '/v1/restore': 'platform',
  '/v1/export': 'platform',
  '/v1/all-subjects': 'platform',
  '/v1/import': 'operator',
  '/v1/verify': 'operator',
  '/v1/sweep': 'platform',
  '/ready': 'platform',
  '/openapi.json': 'principal',
  '/asyncapi.json': 'principal',
  '/catalog.json': 'principal',
  '/schemas': 'principal',
  '/': 'principal',
  '/console': 'principal',
  '/reference': 'principal',
  '/openapi-explorer.min.js': 'principal',
  '/pages': 'caller',
  '/problems': 'principal',
} as const satisfies Readonly<Record<string, Need>>;

/** An address that declares its need. */
export type MountPath = keyof typeof needs;

/** Of a route's pattern, or of an address of the document; of an address without parameters. */
export function needOf(path: string): Need | undefined {
  const known: Readonly<Record<string, Need>> = needs;
  if (path === '/') return known[path];
  const address = path.split('/').map(withoutName).join('/');
  for (let end = address.length; end > 0; end = address.lastIndexOf('/', end - 1)) {
    const need = known[address.slice(0, end)];
    if (need) return need;
  }
  return undefined;
}

/** The segment of a parameter, as the router writes it or as the document does. */
function withoutName(segment: string): string {
  return segment.startsWith(':') || segment.startsWith('{') ? '*' : segment;
}
