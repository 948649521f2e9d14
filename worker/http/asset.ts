/** A file of the assets' folder. The platform says that anyone may keep it; here it is for the caller alone. */
import type { LedgeEnv } from '../runtime/env.ts';

/** Undefined where there is no such file. */
export async function assetAt(
  { ASSETS }: LedgeEnv,
  request: Request,
): Promise<Response | undefined> {
  const asset = await ASSETS?.fetch(request);
  if (!asset || asset.status === 404) return undefined;
  const response = new Response(asset.body, asset);
  response.headers.delete('cache-control');
  return response;
}
