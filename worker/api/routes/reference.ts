/**
 * `GET /reference`: the API's description as a page to read and try, and the one script that it needs. `GET /` leads
 * there. Like everything else they are only for callers that may enter.
 */
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { assetAt } from '../../http/asset.ts';
import { page } from '../../http/page.ts';
import { Routes } from '../../http/routes.ts';

const SCRIPT = '/openapi-explorer.min.js';

/** The slot is the end of the page that is shown first. */
const EXPLORER = `<openapi-explorer spec-url="/openapi.json" hide-authentication hide-server-selection>
<p slot="overview-footer">The frames of live queries are described in <a href="/asyncapi.json">/asyncapi.json</a>.</p>
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

export function referenceRoutes(): Routes {
  return new Routes()
    .get('/', (context) => context.redirect('/reference'))
    .get('/reference', () => page('Ledge API', EXPLORER, ALLOWED))
    .get(SCRIPT, async ({ env, req }) => (await assetAt(env, req.raw)) ?? noScript);
}

const noScript: Failure = { outcome: 'unknown', what: 'resource', name: SCRIPT };
