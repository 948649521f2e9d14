/** What each operation needs of its caller, from the table that the check in front of the routes reads. */
import { isAudited } from '../../http/audited-routes.ts';
import { takesTenant } from '../../http/named-tenant.ts';
import { type Need, needOf } from '../../http/need.ts';
import type { Operation, PathItem, Paths, Security, SecurityScheme } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const SCHEME = 'credential';
const SIGNATURE = 'signature';

export const securitySchemes: Readonly<Record<string, SecurityScheme>> = {
  [SCHEME]: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key or a JWT of a declared issuer as a bearer token, or what the deployment takes beside it: the header of Cloudflare Access, a session of the app. The role `operator`, `admin` or `monitor` is needed where it is named; `x-ledge-needs` names what a role of the app may grant instead.',
  },
  [SIGNATURE]: {
    type: 'apiKey',
    in: 'header',
    name: 'Webhook-Signature',
    description:
      'Of a message to an inbound: as Standard Webhooks specifies it, or an HMAC in the header that the sender has for it.',
  },
};

/** @throws where a path declares no need */
export function securedPaths(paths: Paths, isOpen: IsOpen): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [path, securedItem(item, path, isOpen)]),
  );
}

/** Whether callers without a credential are let to it. */
export type IsOpen = (method: string, path: string) => boolean;

function neededAt(path: string): Need {
  const need = needOf(path);
  if (!need) throw new Error(`The path ${path} declares no need.`);
  return need;
}

function securityOf(need: Need): Security {
  if (need === 'public') return [];
  if (need === 'inbound') return [{ [SCHEME]: [] }, { [SIGNATURE]: [] }];
  if (need === 'principal' || need === 'caller') return [{ [SCHEME]: [] }];
  // Each entry of the list suffices.
  if (need === 'auditor') return [{ [SCHEME]: ['operator'] }, { [SCHEME]: ['admin'] }];
  if (need === 'platform-monitor') return [{ [SCHEME]: ['operator'] }, { [SCHEME]: ['monitor'] }];
  return [{ [SCHEME]: [need === 'admin' || need === 'platform-admin' ? 'admin' : 'operator'] }];
}

function securedItem(item: PathItem, path: string, isOpen: IsOpen): PathItem {
  const need = neededAt(path);
  const security = securityOf(need);
  const secured = Object.entries(item).map(([method, operation]: [string, Operation]) => {
    const isRecorded = isAudited(method.toUpperCase(), path);
    const reasoned = isRecorded ? withHeader(operation, 'LedgeReason') : operation;
    const described = takesTenant(need, method.toUpperCase()) ? placed(reasoned) : reasoned;
    const anyone = isOpen(method.toUpperCase(), path) ? [{}] : [];
    return [method, { ...described, security: [...security, ...anyone], 'x-ledge-needs': need }];
  });
  return Object.fromEntries(secured);
}

function withHeader(operation: Operation, name: 'LedgeReason' | 'LedgeTenant'): Operation {
  const { parameters = [] } = operation;
  return { ...operation, parameters: [...parameters, parameterRef(name)] };
}

/** The tenant that is named may not be there. */
function placed(operation: Operation): Operation {
  const { responses, ...others } = withHeader(operation, 'LedgeTenant');
  return { ...others, responses: { ...responses, ...problems('unknown') } };
}
