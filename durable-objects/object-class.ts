/**
 * The type of an object's class as a Worker exports it. Its RPC methods are internal and not part of the type: they
 * change with any release, and a declaration cannot name the private members of a class that a function returns.
 */
import type { DurableObject } from 'cloudflare:workers';

/** A class of Durable Objects that the Worker exports. It can be extended. */
export type ObjectClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>;
