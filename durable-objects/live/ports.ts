/** The functions of the Worker that a Live object calls, apart from clock and ids. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import type { ClientFrame, SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { Watch } from '../../core/live/watch.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';

/** The identity of a result: equal queries share a group. */
export type SubscribedQuery = Pick<SubscribeFrame, 'query' | 'input' | 'key'>;

/** A valid query for one tenant. */
export interface PreparedLiveQuery {
  readonly projection: string;
  /** The current result, from the primary. Throws D1's errors. */
  readonly rows: () => Promise<readonly LiveRow[] | Failure>;
  /** Waits until the read model includes a consistency token. */
  readonly bringUpTo: (token: string) => Promise<Failure | undefined>;
}

/** An invalid frame. */
export interface RefusedFrame {
  readonly failure: Failure;
  /** The frame's subscription, if it could be read. */
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
    viewer: Viewer,
    wanted: SubscribedQuery,
  ) => PreparedLiveQuery | Failure;
  /** Registers the object: from then on each batch that commits rows of the projection notifies it. */
  readonly watch: (env: Env, watch: Watch) => Promise<unknown>;
  readonly forget: (env: Env, watch: Watch) => Promise<unknown>;
  readonly log: Log;
}
