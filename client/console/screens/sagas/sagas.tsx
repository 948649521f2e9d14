/** Sagas: those with a status, and one of them. */
import { Route, Switch } from 'wouter';
import { OneSaga } from './one-saga.tsx';
import { SagaList } from './saga-list.tsx';

export function Sagas() {
  return (
    <Switch>
      <Route path="/sagas/:saga/:id">
        {({ saga, id }) => <OneSaga key={`${saga}/${id}`} saga={saga} id={id} />}
      </Route>
      <Route path="/sagas" component={SagaList} />
      <Route>
        <h1>There is no such saga</h1>
      </Route>
    </Switch>
  );
}
