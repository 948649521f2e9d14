/** Whether the orders are current, since when they are not, and what has not reached the server. */
import type { useConnection } from './ledge.ts';
import { clock } from './words.ts';

type Connection = ReturnType<typeof useConnection>;

interface Properties {
  readonly connection: Connection;
  readonly problem: string | undefined;
  readonly underWay: number;
}

export function StatusLine({ connection, problem, underWay }: Properties) {
  const isLive = connection.status === 'live';
  const changes = underWay === 1 ? '1 change' : `${underWay} changes`;
  const waits = underWay === 1 ? 'waits' : 'wait';
  return (
    <p role="status" data-connection={problem ? 'troubled' : connection.status}>
      {isLive && !problem && (underWay === 0 ? 'Live' : `${changes} under way`)}
      {isLive && problem}
      {!isLive && connectionText(connection)}
      {!isLive && underWay > 0 && ` ${changes} ${waits} to be sent.`}
    </p>
  );
}

function connectionText({ status, since, currentAt }: Connection): string {
  if (status === 'connecting') return 'Connecting …';
  const asOf = currentAt ? ` The orders are as of ${clock(currentAt)}.` : '';
  return `${stateTexts[status]} since ${clock(since)}.${asOf}`;
}

const stateTexts: Readonly<Record<Exclude<Connection['status'], 'connecting'>, string>> = {
  live: 'Live',
  reconnecting: 'The server has not answered',
  offline: 'Offline',
  refused: 'The server has refused the connection',
};
