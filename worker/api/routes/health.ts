/** `GET /health`: whether the server answers, and no more. The one address that needs no credential. */
import { Routes } from '../../http/routes.ts';

export function healthRoute(): Routes {
  return new Routes().get('/', () => Response.json({ status: 'ok' }));
}
