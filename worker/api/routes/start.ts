/** `GET /`: leads to the console, or to the reference where the assets have no console. */
import { consolePage } from '../../http/console-page.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function startRoute({ basePath }: Machinery): Routes {
  return new Routes().get('/', async (context) => {
    const hasConsole = await consolePage(context.env, context.req.url, basePath);
    return context.redirect(hasConsole ? `${basePath}/console/` : `${basePath}/reference`);
  });
}
