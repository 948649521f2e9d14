/**
 * Requests over a service binding, with the principal that the deployment of the calling Worker gave to its binding. It is
 * kept beside the request and not in it, where a client could write it.
 */
const principals = new WeakMap<Request, unknown>();

/** `properties`: of the binding, as the platform hands them over. */
export function trust(request: Request, properties: unknown): void {
  principals.set(request, properties);
}

export function isTrusted(request: Request): boolean {
  return principals.has(request);
}

/** Not checked yet. */
export function trustedProperties(request: Request): unknown {
  return principals.get(request);
}
