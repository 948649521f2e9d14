/** What each operation needs of its caller, from the table that the check in front of the routes reads. */
import { needOf } from '../../http/need.ts';
import type { Operation, PathItem, Paths, Security, SecurityScheme } from './operation.ts';

const SCHEME = 'credential';

export const securitySchemes: Readonly<Record<string, SecurityScheme>> = {
  [SCHEME]: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key or a JWT of a declared issuer as a bearer token, or what the deployment takes beside it: the header of Cloudflare Access, a session of the app. The role `operator` or `admin` is needed where it is named.',
  },
};

/** @throws where a path declares no need */
export function securedPaths(paths: Paths): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [path, securedItem(item, securityOf(path))]),
  );
}

function securityOf(path: string): Security {
  const need = needOf(path);
  if (!need) throw new Error(`The path ${path} declares no need.`);
  if (need === 'public') return [];
  return [{ [SCHEME]: need === 'operator' || need === 'admin' ? [need] : [] }];
}

function securedItem({ get, post }: PathItem, security: Security): PathItem {
  const secured = (operation: Operation) => ({ ...operation, security });
  return { ...(get && { get: secured(get) }), ...(post && { post: secured(post) }) };
}
