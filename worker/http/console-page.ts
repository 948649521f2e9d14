/** The page of the console, as it was built: one for every address below `/console/`, whose script chooses the screen. */
import type { LedgeEnv } from '../runtime/env.ts';
import { assetAt } from './asset.ts';

/** How the built page names what it loads: relative to itself, which an address of several segments is not. */
const OWN_FILES = '="./';

/** Undefined where the assets have no console. */
export async function consolePage(
  env: LedgeEnv,
  url: string,
  basePath: string,
): Promise<Response | undefined> {
  const request = new Request(new URL(`${basePath}/console/`, url));
  const built = await assetAt(env, request, basePath);
  if (!built) return undefined;
  const html = await built.text();
  return new Response(html.replaceAll(OWN_FILES, `="${basePath}/console/`), {
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
}
