/**
 * The bindings that subscriptions may send to: those that the variable LEDGE_TARGETS names. Other systems trust what comes
 * through a binding, so that an operator of a tenant does not choose among all that the Worker has.
 */
import { isOwnBinding } from '../../../core/protocol/deployment-names.ts';
import { type LedgeEnv, namesIn } from '../../runtime/env.ts';

/** A Worker with the method that takes events. */
export interface EventReceiver {
  receive(events: readonly unknown[]): Promise<unknown>;
}

export function boundQueue(env: LedgeEnv, name: string): Queue | undefined {
  const binding = allowed(env, name);
  return isQueue(binding) ? binding : undefined;
}

export function boundService(env: LedgeEnv, name: string): EventReceiver | undefined {
  const binding = allowed(env, name);
  return isService(binding) ? binding : undefined;
}

/** Why nothing is sent to a binding; undefined where it may be. */
export function bindingFault(
  env: LedgeEnv,
  name: string,
  kind: 'queue' | 'service',
): string | undefined {
  if (isOwnBinding(name)) return 'This binding is one of Ledge.';
  if (!namesIn(env.LEDGE_TARGETS).includes(name))
    return 'The variable LEDGE_TARGETS does not name this binding (docs/subscriptions.md).';
  const binding = allowed(env, name);
  if (binding === undefined) return 'The Worker has no such binding.';
  const isFit = kind === 'queue' ? isQueue(binding) : isService(binding);
  return isFit ? undefined : `This binding is no ${kind}.`;
}

function allowed(env: LedgeEnv, name: string): unknown {
  if (isOwnBinding(name) || !namesIn(env.LEDGE_TARGETS).includes(name)) return undefined;
  return Reflect.get(env, name);
}

function isQueue(binding: unknown): binding is Queue {
  return has(binding, 'sendBatch') && !has(binding, 'fetch');
}

/** It has every method that is asked for: whether `receive` is there shows in the call. */
function isService(binding: unknown): binding is EventReceiver {
  return has(binding, 'fetch') && has(binding, 'receive');
}

function has(binding: unknown, method: string): boolean {
  // A service binding of the Worker to itself, of `ctx.exports`, is a function.
  const isBinding = typeof binding === 'function' || (typeof binding === 'object' && binding);
  return isBinding ? typeof Reflect.get(Object(binding), method) === 'function' : false;
}
