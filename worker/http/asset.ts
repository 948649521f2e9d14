/** A file of the assets' folder. The platform says that anyone may keep it; here it is for the caller alone. */
import type { LedgeEnv } from '../runtime/env.ts';
import { belowBasePath } from './base-path.ts';

/** Of a page and of all that it loads: this origin alone, nothing inline, no frame. */
export const PAGE_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Undefined where there is no such file. Files lie in their folder as if there were no base path; where the platform
 * leads elsewhere, as from `/pages/board` to `/pages/board/`, that is put in front again.
 */
export async function assetAt(
  { ASSETS }: LedgeEnv,
  request: Request,
  basePath: string,
): Promise<Response | undefined> {
  const url = new URL(request.url);
  url.pathname = belowBasePath(url.pathname, basePath);
  const asset = await ASSETS?.fetch(new Request(url, request));
  if (!asset || asset.status === 404) return undefined;
  const response = new Response(asset.body, asset);
  response.headers.delete('cache-control');
  const location = response.headers.get('location');
  if (location?.startsWith('/')) response.headers.set('location', `${basePath}${location}`);
  return response;
}
