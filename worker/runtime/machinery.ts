/** What every route, consumer and projector is made with: the app and the platform under it. */
import type { App } from '../../core/app.ts';
import { withKnownFormat } from '../d1/with-known-format.ts';
import { cloudflare, type Platform } from './platform.ts';

export interface Machinery {
  readonly app: App;
  readonly platform: Platform;
}

/** The one way to a machinery, so that each database of it is asserted to have a known storage format. */
export function machineryFor(app: App, overrides: Partial<Platform> = {}): Machinery {
  const platform = { ...cloudflare, ...overrides };
  const database: Platform['database'] = (env, tenant) =>
    withKnownFormat(platform.database(env, tenant));
  return { app, platform: { ...platform, database } };
}
