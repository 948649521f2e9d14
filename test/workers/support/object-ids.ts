/** The objects of a test file. The platform lists those of the files before it too, though nothing is in them. */
import { listDurableObjectIds } from 'cloudflare:test';
import { env } from './harness.ts';

type Namespace = typeof env.AGGREGATE | typeof env.HEALTH | typeof env.LIVE;

let earlier: ReadonlySet<string> = new Set();

export async function objectIds(namespace: Namespace): Promise<DurableObjectId[]> {
  const ids = await listDurableObjectIds(namespace);
  return ids.filter((id) => !earlier.has(id.toString()));
}

/** From now on only those are listed that are made from now on. */
export async function forgetObjects(): Promise<void> {
  const lists = await Promise.all([env.AGGREGATE, env.HEALTH, env.LIVE].map(objectIds));
  earlier = new Set([...earlier, ...lists.flat().map(String)]);
}
