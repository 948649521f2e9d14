/** Access: the API keys of the tenant, and which operations were done in it. */
import { Link, Route, Switch, useLocation } from 'wouter';
import { AuditTrail } from './audit-trail.tsx';
import { Keys } from './keys.tsx';

const parts = [
  { name: 'Keys', path: '/access' },
  { name: 'Audit', path: '/access/audit' },
];

export function Access() {
  const [location] = useLocation();
  return (
    <>
      <h1>Access</h1>
      <nav aria-label="Parts of this screen" className="filters">
        {parts.map(({ name, path }) => (
          <Link key={path} href={path} aria-current={location === path ? 'page' : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <Switch>
        <Route path="/access" component={Keys} />
        <Route path="/access/audit" component={AuditTrail} />
        <Route>
          <p>There is no such part of it.</p>
        </Route>
      </Switch>
    </>
  );
}
