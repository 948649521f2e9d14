/** Has these methods alone, so that no call bypasses them. */
export function only<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, { get: (_target, name) => Reflect.get(methods, name) });
}
