/** Streams: those of a type by the beginning of their ids, and one of them. */
import { Route, Switch } from 'wouter';
import { KnownStreams } from './known-streams.tsx';
import { OneStream } from './one-stream.tsx';

export function Streams() {
  return (
    <Switch>
      <Route path="/streams/:aggregate/:id">
        {({ aggregate, id }) => (
          <OneStream key={`${aggregate}/${id}`} stream={`${aggregate}/${id}`} />
        )}
      </Route>
      <Route>
        <KnownStreams />
      </Route>
    </Switch>
  );
}
