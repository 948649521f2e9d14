/** A Hono with the one router that takes every path. Its default brings a second one, which would be 2 % of the Worker. */
import type { Hono } from 'hono';
import { HonoBase } from 'hono/hono-base';
import { TrieRouter } from 'hono/router/trie-router';
import type { ApiTypes } from './api-types.ts';

export function newHono(): Hono<ApiTypes> {
  return new HonoBase<ApiTypes>({ router: new TrieRouter() });
}
