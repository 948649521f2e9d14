/** What every route, consumer and projector is made with: the app and the platform under it. */
import type { App } from '../core/app.ts';
import type { Platform } from './platform.ts';

export interface Machinery {
  readonly app: App;
  readonly platform: Platform;
}
