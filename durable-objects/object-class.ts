/**
 * An object's class as a Worker exports it. Its calls are between Ledge's own parts and not in the type: they change
 * with any release, and a declaration cannot name the private members of a class that is made in a function.
 */
import type { DurableObject } from 'cloudflare:workers';

export type ObjectClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>;
