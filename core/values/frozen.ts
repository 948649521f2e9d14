/**
 * Domain code is handed frozen data: a handler that changes its input throws, instead of changing what is stored, or
 * what the next handler gets.
 */

/**
 * Freezes a value with everything in it, in place, and returns it. Parts that are frozen already are not visited, so
 * a state that shares most of its parts with the state before costs only what is new. Typed arrays stay as they are:
 * JavaScript cannot freeze them.
 */
export function deepFrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFrozen(part);
  return value;
}
