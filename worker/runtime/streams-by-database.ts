/** Streams of many tenants by the databases that these live in. */
import type { Databases, Placement } from './databases.ts';
import type { LedgeEnv } from './env.ts';

export interface StreamsByDatabase<Stream> {
  readonly placed: readonly {
    readonly placement: Placement;
    readonly streams: readonly Stream[];
  }[];
  /** Of tenants whose database is unknown just now. */
  readonly unplaced: readonly { readonly stream: Stream; readonly error: unknown }[];
}

/** Each tenant is asked for once, and with one database none. Never rejects. */
export async function byDatabase<Stream>(
  databases: Databases,
  env: LedgeEnv,
  streams: readonly Stream[],
  tenantOf: (stream: Stream) => string,
): Promise<StreamsByDatabase<Stream>> {
  const places = await databases.ofAll(env, streams.map(tenantOf));
  const placed = new Map<number, { placement: Placement; streams: Stream[] }>();
  const unplaced: { stream: Stream; error: unknown }[] = [];
  for (const stream of streams) {
    const place = places.get(tenantOf(stream));
    if (!place || 'error' in place) unplaced.push({ stream, error: place?.error });
    else {
      const known = placed.get(place.index) ?? { placement: place, streams: [] };
      known.streams.push(stream);
      placed.set(place.index, known);
    }
  }
  return { placed: [...placed.values()], unplaced };
}
