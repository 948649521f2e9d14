/** What the Live object needs of the Worker's side, beside the clock and ids. Handed in, as with the other objects. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import type { ClientFrame, SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { Watch } from '../../core/live/watch.ts';

/** What names a result: who asks for the same gets the same group. */
export type SubscribedQuery = Pick<SubscribeFrame, 'query' | 'input' | 'key'>;

/** A query that was found to be sound, for one tenant. */
export interface PreparedLiveQuery {
  readonly projection: string;
  /** The result as it is now, from the primary. Throws what D1 says in trouble. */
  readonly rows: () => Promise<readonly LiveRow[] | Failure>;
  /** Brings the read model up to a consistency token. */
  readonly bringUpTo: (token: string) => Promise<Failure | undefined>;
}

/** A frame that says nothing that can be done. */
export interface RefusedFrame {
  readonly failure: Failure;
  /** The subscription that the frame is about, where that could be read. */
  readonly id?: string;
}

export interface LivePorts<Env> {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** The path under which the API is served: where the type of a problem leads. */
  readonly basePath: string;
  readonly readFrame: (text: string) => ClientFrame | RefusedFrame;
  readonly liveQuery: (
    env: Env,
    tenant: string,
    wanted: SubscribedQuery,
  ) => PreparedLiveQuery | Failure;
  /** From when this is written, each batch that commits rows of the projection notifies this object. */
  readonly watch: (env: Env, watch: Watch) => Promise<unknown>;
  readonly forget: (env: Env, watch: Watch) => Promise<unknown>;
  readonly log: (level: 'info' | 'warn' | 'error', line: Readonly<Record<string, unknown>>) => void;
}
