/**
 * `GET /console/…`: the operators' console, which speaks with the public API alone. Every address below it is a screen
 * and answers the page; `/console/assets/…` are the files that the page loads.
 */
import { assetAt, PAGE_POLICY } from '../../http/asset.ts';
import { belowBasePath } from '../../http/base-path.ts';
import { consolePage } from '../../http/console-page.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

const FILES = '/console/assets/';

export function consoleRoute({ basePath }: Machinery): Routes {
  return new Routes().get('/*', async ({ env, req }) => {
    const path = belowBasePath(req.path, basePath);
    const isFile = path.startsWith(FILES);
    const answer = isFile
      ? await assetAt(env, req.raw, basePath)
      : await consolePage(env, req.url, basePath);
    if (!answer) return { outcome: 'unknown', what: 'page', name: req.path };
    answer.headers.set('content-security-policy', PAGE_POLICY);
    return answer;
  });
}
