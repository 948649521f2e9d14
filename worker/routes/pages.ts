/**
 * `GET /pages/…`: the pages that the app's owner has put into the assets' folder `pages`, and all that they load. They
 * speak with this server alone, nobody may frame them, and like everything else they are for those who may enter.
 */
import { Hono } from 'hono';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function pagesRoute(): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/*', async ({ env, req }) => {
    const asset = await env.ASSETS?.fetch(req.raw);
    if (!asset || asset.status === 404) {
      return problemResponse({ outcome: 'unknown', what: 'page', name: req.path });
    }
    const response = new Response(asset.body, asset);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  });
}
