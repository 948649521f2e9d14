/** What an inbound needs of its sender: nothing that the check in front of the routes knows, or a caller. */
import type { Context } from 'hono';
import { type App, findInbound } from '../../core/app.ts';
import type { ApiTypes } from './api-types.ts';

/** Which inbounds there are is for callers alone to know. */
export function needOfInbound(app: App, context: Context<ApiTypes>): 'public' | 'caller' {
  const name = context.req.path.split('/').at(-1) ?? '';
  const verify = findInbound(app, name)?.verify.kind;
  return verify === undefined || verify === 'credential' ? 'caller' : 'public';
}
