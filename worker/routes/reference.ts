/**
 * `GET /reference`: the API's description as a page to read and try, and the one script that it needs. The script is
 * the only static asset that is served, and like everything else only to who may enter.
 */
import { Hono } from 'hono';
import type { Failure } from '../../core/outcome.ts';
import { assetAt } from '../http/asset.ts';
import type { ApiTypes } from '../http/auth.ts';
import { page } from '../http/page.ts';
import { problemResponse } from '../http/problem-response.ts';

const SCRIPT = '/openapi-explorer.min.js';

const EXPLORER = `<openapi-explorer spec-url="/openapi.json" hide-authentication hide-server-selection>
</openapi-explorer>
<script type="module" src="${SCRIPT}"></script>`;

/** The explorer styles its elements in place and draws its icons from data. */
const ALLOWED = [
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
];

export function referenceRoutes(): Hono<ApiTypes> {
  return new Hono<ApiTypes>()
    .get('/reference', () => page('Ledge API', EXPLORER, ALLOWED))
    .get(
      SCRIPT,
      async ({ env, req }) => (await assetAt(env, req.raw)) ?? problemResponse(noScript),
    );
}

const noScript: Failure = { outcome: 'unknown', what: 'resource', name: SCRIPT };
