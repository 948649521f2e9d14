/**
 * `GET /pages/…`: the pages that the app's owner has put into the assets' folder `pages`, and all that they load. They
 * speak with this server alone, they cannot be framed, and like everything else they need a caller.
 */
import { assetAt, PAGE_POLICY } from '../../http/asset.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function pagesRoute({ basePath }: Machinery): Routes {
  return new Routes().get('/*', async ({ env, req }) => {
    const asset = await assetAt(env, req.raw, basePath);
    if (!asset) return { outcome: 'unknown', what: 'page', name: req.path };
    asset.headers.set('content-security-policy', PAGE_POLICY);
    return asset;
  });
}
