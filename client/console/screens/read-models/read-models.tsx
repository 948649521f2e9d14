/** Read models: each projection, and one of them with its versions. */
import { Route, Switch } from 'wouter';
import { OneReadModel } from './one-read-model.tsx';
import { ReadModelList } from './read-model-list.tsx';

export function ReadModels() {
  return (
    <Switch>
      <Route path="/read-models/:name">
        {({ name }) => <OneReadModel key={name} name={name} />}
      </Route>
      <Route path="/read-models" component={ReadModelList} />
      <Route>
        <h1>There is no such read model</h1>
      </Route>
    </Switch>
  );
}
