/** Every route declares what it needs of its caller, and one that declares nothing cannot be served. */
import { createExecutionContext } from 'cloudflare:test';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { securedPaths } from '../../worker/api/openapi/security.ts';
import { createApi } from '../../worker/api/router.ts';
import type { ApiTypes } from '../../worker/http/api-types.ts';
import { declaredNeeds } from '../../worker/http/declared-needs.ts';
import { needOf, needs } from '../../worker/http/need.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { testApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { document } from './support/hostile.ts';

useKeptQueue();

describe('PR8 a route that declares no need', () => {
  test.each(['get', 'post', 'all'] as const)(
    'registered by %s, keeps the API from starting',
    (register) => {
      const api = new Hono<ApiTypes>();
      const declared = declaredNeeds(api, '');
      api.get('/v1/me', (context) => context.text('me'));
      declared.assertAll();
      api[register]('/v1/planted', (context) => context.text('open'));
      expect(() => declared.assertAll()).toThrow('/v1/planted declares no need');
    },
  );

  test.each(['get', 'all'] as const)(
    'planted by %s later on, is not run and answers 500',
    async (register) => {
      const api = createApi(machineryFor(testApp, faultyPlatform));
      let runs = 0;
      api[register]('/planted', (context) => {
        runs++;
        return context.text('open');
      });
      const request = new Request('http://localhost/planted');
      const response = await api.fetch(request, env, createExecutionContext());
      expect({ status: response.status, runs }).toEqual({ status: 500, runs: 0 });
    },
  );

  test('is not described either', () => {
    const { '/v1/me': me = {} } = document.paths;
    expect(() => securedPaths({ '/v1/planted': me }, () => false)).toThrow('/v1/planted');
  });
});

test('PR8 a need is that of the longest declared beginning, in whole segments', () => {
  expect(needOf('/v1/commands/order/{id}/PlaceOrder')).toBe('caller');
  expect(needOf('/v1/projections/:name/rebuild')).toBe('platform');
  expect(needOf('/health')).toBe('public');
  expect(needOf('/v1/groups/:group')).toBe('groups');
  expect(needOf('/v1/groups/:group/redrive')).toBe('groups');
  for (const path of ['/v1/groups/:group/receive', '/v1/groups/{group}/receive'])
    expect(needOf(path)).toBe('caller');
  for (const path of ['/v1', '/v1/', '/healthy', '/readyish', '/unknown', '']) {
    expect(needOf(path)).toBeUndefined();
  }
});

test('PR8 every declared need is that of a route', () => {
  const api = createApi(machineryFor(testApp, faultyPlatform));
  const paths = api.routes.map(({ path }) => path.replace(/:[^/]+/g, '*'));
  for (const declared of Object.keys(needs)) {
    const isServed = (path: string) => path === declared || path.startsWith(`${declared}/`);
    expect(paths.some(isServed), declared).toBe(true);
  }
});
