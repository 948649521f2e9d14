/** The functions of the Worker that a Live object calls, apart from clock and ids. */

import type { KeyReference, KeyValidity } from '../../core/access/key-reference.ts';
import type { TenantValidity } from '../../core/access/tenant-validity.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import type { ClientFrame, SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { Watch } from '../../core/live/watch.ts';
import type { RowScopes } from '../../core/projection/row-scope.ts';
import type { SocketCaller } from './socket-caller.ts';
import type { UsedTicket } from './used-tickets.ts';

/** A query, as a client subscribes to it. */
export type SubscribedQuery = Pick<SubscribeFrame, 'query' | 'input' | 'key'>;

/** The identity of a result: equal queries over the same rows, opened or not, share a group. */
export interface GroupQuery extends SubscribedQuery {
  /** Of the tables that the query reads. */
  readonly rows: RowScopes;
  /** Personal data is plain in it. */
  readonly opensPersonal?: true;
}

/** A result as it was read. */
export interface ResultRead {
  readonly rows: readonly LiveRow[] | Failure;
  /** The one row by whose changes alone the result changes, by `rowId`; left out: any row of the projection may. */
  readonly row?: string;
  /** The time that its statements took D1. */
  readonly d1Ms?: number;
}

/** The results of queries that were read in one D1 batch. */
export interface ReadWave {
  /** In the order of the queries; an error concerns its query alone. */
  readonly reads: readonly (ResultRead | { readonly error: unknown })[];
  /** A session that begins with it sees no older data. */
  readonly bookmark: string | null;
}

/** A valid query for one tenant. */
export interface PreparedLiveQuery {
  readonly projection: string;
  /** Waits until the read model includes a consistency token. */
  readonly bringUpTo: (token: string, caller: SocketCaller) => Promise<Failure | undefined>;
}

/** A ticket that was issued here and has not expired. Whether it was used is known to the object alone. */
export interface ReadTicket {
  readonly ticket: UsedTicket;
  readonly tenant: string;
  readonly shard: number;
  /** Its key, if it has one, is still to be read. */
  readonly caller: SocketCaller & { readonly untilMs: number };
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
  readonly liveQuery: (env: Env, tenant: string, wanted: GroupQuery) => PreparedLiveQuery | Failure;
  /**
   * Reads queries that `liveQuery` prepared, which have more members there: a method, whose parameters may be narrower.
   * Throws D1's errors.
   */
  readTogether(
    env: Env,
    tenant: string,
    queries: readonly PreparedLiveQuery[],
    start: string,
  ): Promise<ReadWave>;
  /** The rows that a caller may see, of all tables. */
  readonly visibleRows: (tenant: string, caller: SocketCaller) => RowScopes;
  /** Whether a caller is shown personal data. False where the app has none, so that callers share groups. */
  readonly opensPersonal: (tenant: string, caller: SocketCaller) => boolean;
  /** Those of the tables that a query reads. */
  readonly rowsOfQuery: (rows: RowScopes, query: string) => RowScopes;
  /** Registers the object: from then on each batch that commits rows of the projection notifies it. */
  readonly watch: (env: Env, watch: Watch) => Promise<unknown>;
  readonly forget: (env: Env, watch: Watch) => Promise<unknown>;
  /** Undefined for a ticket that is forged or has expired. */
  readonly readTicket: (env: Env, text: string) => ReadTicket | undefined;
  /** What the object of an API key answers now. */
  readonly keyValidity: (env: Env, key: KeyReference) => Promise<KeyValidity>;
  /** What the directory says of the tenant now. */
  readonly tenantValidity: (env: Env, tenant: string) => Promise<TenantValidity>;
  readonly log: Log;
}
