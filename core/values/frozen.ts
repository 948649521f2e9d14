/**
 * Domain code gets frozen data: a handler that mutates its input throws, instead of changing what is stored or what the
 * next handler gets.
 */

/**
 * Freezes a value deeply, in place, and returns it. Parts that are already frozen are not visited, so that a state that
 * shares most of its parts with the one before costs only its new parts. Typed arrays stay as they are: JavaScript
 * cannot freeze them.
 */
export function deepFrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFrozen(part);
  return value;
}
