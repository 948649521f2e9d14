/**
 * `/login`: one page with one form, to which a key is pasted, and no script. It leads back to a page of this origin. A
 * Worker that names its callers by a function of its own has none.
 */

import type { Failure } from '../../../core/aggregate/outcome.ts';
import { type KeyCheck, keyPrincipal } from '../../access/key-principal.ts';
import { KnownBearers } from '../../access/known-bearers.ts';
import type { RateLimits } from '../../access/rate-limits.ts';
import { hasSessions, openSession } from '../../access/session.ts';
import { refusedOrigin } from '../../http/origins.ts';
import { ownAddress } from '../../http/own-address.ts';
import { page } from '../../http/page.ts';
import { readForm } from '../../http/read-form.ts';
import { limitedRefusal } from '../../http/request-limits.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

const ALLOWED = ["form-action 'self'", "style-src 'self'"];

/** The parameter of the form that follows a key that is not valid. */
const REFUSED = 'refused';

export function loginRoute(
  { authenticate, basePath, platform }: Machinery,
  rates: RateLimits,
): Routes {
  const routes = new Routes();
  const { nowMs } = platform;
  const keys: KeyCheck = { bearers: new KnownBearers(), nowMs };

  routes.get('/', ({ env, req }) => {
    if (authenticate || !hasSessions(env)) return { outcome: 'unauthorized', why: 'missing' };
    const alert = new URL(req.url).searchParams.has(REFUSED) ? 'This key is not valid.' : '';
    const answer = page('Ledge · Sign in', formUnder(basePath, alert), ALLOWED);
    // Without a referrer a browser sends the form's origin as `null`.
    answer.headers.set('referrer-policy', 'same-origin');
    answer.headers.set('cache-control', 'no-store');
    return answer;
  });

  routes.post('/', async ({ env, req }) => {
    if (authenticate || !hasSessions(env)) return { outcome: 'unauthorized', why: 'missing' };
    // A page of another origin could sign its visitor in under a key of its own.
    const refused = refusedOrigin(req.raw, env, 'session');
    if (refused) return refused;
    const sent = await readForm(req.raw);
    if ('outcome' in sent) return seeOther(refusedAt(req.url));
    const headers = new Headers({ authorization: `Bearer ${keyIn(sent.value)}` });
    const keyed = await keyPrincipal(keys, headers, env);
    const opened = keyed && openSession(env, nowMs(), keyed.key, keyed.principal.expiresAt);
    if (!opened) {
      const refusal = await limitedRefusal(rates, env, req.raw.headers, invalidKey);
      return refusal === invalidKey ? seeOther(refusedAt(req.url)) : refusal;
    }
    const redirect = new URL(req.url).searchParams.get('redirect');
    return seeOther(ownAddress(redirect, req.url, `${basePath}/`), opened.setCookie);
  });

  routes.get('/style.css', () => {
    const headers = { 'content-type': 'text/css; charset=utf-8' };
    return new Response(STYLE, { headers });
  });

  return routes;
}

const invalidKey: Failure = { outcome: 'unauthorized', why: 'invalid' };

function seeOther(location: string, setCookie?: string): Response {
  const headers = { location, 'cache-control': 'no-store' };
  return new Response(null, {
    status: 303,
    headers: setCookie === undefined ? headers : { ...headers, 'set-cookie': setCookie },
  });
}

/** The same form again, with where it leads. */
function refusedAt(requestUrl: string): string {
  const url = new URL(requestUrl);
  url.searchParams.set(REFUSED, '');
  return url.href;
}

/** Pasted text may have spaces around it; what no header can hold is no key. */
function keyIn(form: URLSearchParams): string {
  return (form.get('key') ?? '').trim().replace(/[^\w]/g, '?');
}

/** Posted to the page's own address, which holds where it leads. */
function formUnder(basePath: string, alert: string): string {
  return `<link rel="stylesheet" href="${basePath}/login/style.css">
<main>
<h1>Sign in</h1>
<form method="post">
<label for="key">API key</label>
<input id="key" name="key" type="password" required autofocus autocomplete="current-password" placeholder="ledge_…">
<p role="alert">${alert}</p>
<button>Sign in</button>
</form>
<p>The session ends after eight hours without use, after a week, or when the key is revoked.</p>
</main>`;
}

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; min-height: 100vh; margin: 0; place-items: center; }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 1.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; }
label { display: block; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; }
button { cursor: pointer; }
[role='alert'] { min-height: 1.5rem; margin: 0.25rem 0; font-weight: 600; }
`;
