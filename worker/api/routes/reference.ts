/**
 * `GET /reference`: the API's description as a page to read and try, and the one script that it needs. Like everything
 * else they are only for callers that may enter.
 */
import { assetAt } from '../../http/asset.ts';
import { page } from '../../http/page.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

const SCRIPT = '/openapi-explorer.min.js';

/** The slot is the end of the page that is shown first. */
function explorerUnder(basePath: string): string {
  return `<openapi-explorer spec-url="${basePath}/openapi.json" hide-authentication hide-server-selection>
<p slot="overview-footer">Publications, inbounds and the frames of live queries are described in <a href="${basePath}/asyncapi.json">${basePath}/asyncapi.json</a>,
the app itself in <a href="${basePath}/catalog.json">${basePath}/catalog.json</a>.</p>
</openapi-explorer>
<script type="module" src="${basePath}${SCRIPT}"></script>`;
}

/** The explorer styles its elements in place and draws its icons from data. */
const ALLOWED = [
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
];

export function referenceRoute({ basePath }: Machinery): Routes {
  return new Routes().get('/', () => page('Ledge API', explorerUnder(basePath), ALLOWED));
}

export function explorerRoute({ basePath }: Machinery): Routes {
  return new Routes().get('/', async ({ env, req }) => {
    const script = await assetAt(env, req.raw, basePath);
    return script ?? { outcome: 'unknown', what: 'resource', name: SCRIPT };
  });
}
