/** Whether the server answers, and how old what is shown is. */
import { useQueryClient } from '@tanstack/react-query';
import { apiPath } from '../parts/addresses.ts';
import { type ConsoleStatus, useConnection } from '../parts/connection.ts';
import { useNow } from '../parts/use-now.ts';
import { clock, durationText } from '../parts/words.ts';

const texts: Readonly<Record<ConsoleStatus, string>> = {
  connecting: 'Connecting …',
  live: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  refused: 'Signed out',
};

export function ConnectionLine() {
  const { status, since } = useConnection();
  const age = useAge();
  const isWell = status === 'live' || status === 'connecting';
  return (
    <p className="connection" data-connection={status}>
      <span role="status">
        {texts[status]}
        {!isWell && ` since ${clock(since)}`}
      </span>
      {age !== undefined && <span className="quiet"> data {durationText(age)} old</span>}
      {status === 'refused' && (
        <a href={`${apiPath}/login?redirect=${encodeURIComponent(location.pathname)}`}>Sign in</a>
      )}
    </p>
  );
}

/** In seconds: of the oldest answer that is shown and is asked for again. */
function useAge(): number | undefined {
  const queries = useQueryClient();
  const nowMs = useNow();
  const times = queries
    .getQueryCache()
    .findAll({ type: 'active' })
    .filter(({ meta, state }) => state.data !== undefined && meta?.isFixed !== true)
    .map(({ state }) => state.dataUpdatedAt);
  return times.length === 0 ? undefined : Math.max(0, nowMs - Math.min(...times)) / 1_000;
}
