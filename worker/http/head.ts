/**
 * HEAD runs the route of GET, and Hono leaves the body out. A response that lasts as long as its reader would then
 * never end: a route that opens or waits for something asks `isHead` first, and whatever body there is ends here.
 */
import type { MiddlewareHandler } from 'hono';

export function isHead({ method }: Request): boolean {
  return method === 'HEAD';
}

export const endHead: MiddlewareHandler = async (context, next) => {
  await next();
  if (isHead(context.req.raw)) await context.res.body?.cancel();
};
