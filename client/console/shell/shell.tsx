/** Around every screen: the navigation, the state of the connection, the caller, the palette. */
import { useEffect } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { apiPath } from '../parts/addresses.ts';
import { useCaller } from '../parts/caller.ts';
import { DialogHost } from '../parts/dialog-host.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { Palette } from './palette.tsx';
import { screens } from './screens.ts';

export function Shell() {
  const [location] = useLocation();
  const caller = useCaller();
  useEffect(() => {
    const screen = screens.find(({ path }) => isWithin(path, location));
    document.title = `${screen?.name ?? 'Console'} · Ledge`;
  }, [location]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header>
        <strong className="brand">Ledge</strong>
        <nav aria-label="Screens">
          {screens.map(({ name, path }) => (
            <Link
              key={path}
              href={path}
              aria-current={isWithin(path, location) ? 'page' : undefined}
            >
              {name}
            </Link>
          ))}
          <a href={`${apiPath}/reference`}>API reference</a>
        </nav>
        <Palette />
        <ConnectionLine />
        {caller && (
          <p className="caller">
            <span className="unseen">Caller: </span>
            {caller.id} <span className="quiet">in {caller.tenant}</span>
          </p>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        <Switch>
          {screens.map(({ path, component }) => (
            <Route key={path} path={path === '/' ? path : `${path}/*?`} component={component} />
          ))}
          <Route>
            <h1>There is no such screen</h1>
            <p>
              <Link href="/">Go to the overview</Link>
            </p>
          </Route>
        </Switch>
      </main>
      <DialogHost />
    </>
  );
}

function isWithin(path: string, location: string): boolean {
  return location === path || (path !== '/' && location.startsWith(`${path}/`));
}
