/**
 * `GET /pages/…`: the pages that the app's owner has put into the assets' folder `pages`, and all that they load. They
 * speak with this server alone, nobody may frame them, and like everything else they are for those who may enter.
 */
import { Hono } from 'hono';
import { assetAt } from '../http/asset.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';

const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function pagesRoute(): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/*', async ({ env, req }) => {
    const asset = await assetAt(env, req.raw);
    if (!asset) return problemResponse({ outcome: 'unknown', what: 'page', name: req.path });
    asset.headers.set('content-security-policy', POLICY);
    return asset;
  });
}
