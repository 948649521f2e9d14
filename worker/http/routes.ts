/**
 * Routes whose handlers return a response or a failure. Here, and nowhere else, what a handler returns becomes a
 * response: a failure becomes its problem. What a route needs of its caller is in `need.ts`.
 */
import type { Context } from 'hono';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { ApiTypes } from './api-types.ts';
import { newHono } from './new-hono.ts';
import { problemResponse } from './problem-response.ts';

/** What a handler returns. */
export type RouteAnswer = Response | Failure;

type RouteHandler<Path extends string> = (
  context: Context<ApiTypes, Path>,
) => RouteAnswer | Promise<RouteAnswer>;

export class Routes {
  readonly hono = newHono();

  get<const Path extends string>(path: Path, handle: RouteHandler<Path>): this {
    this.hono.on('GET', path, responding(handle));
    return this;
  }

  post<const Path extends string>(path: Path, handle: RouteHandler<Path>): this {
    this.hono.on('POST', path, responding(handle));
    return this;
  }

  delete<const Path extends string>(path: Path, handle: RouteHandler<Path>): this {
    this.hono.on('DELETE', path, responding(handle));
    return this;
  }
}

export function responding<Path extends string>(handle: RouteHandler<Path>) {
  return async (context: Context<ApiTypes, Path>) =>
    toResponse(await handle(context), context.get('basePath'));
}

export function toResponse(answer: RouteAnswer, basePath: string): Response {
  return 'outcome' in answer ? problemResponse(answer, basePath) : answer;
}
