/** `GET /v1/aggregates/{aggregate}/{id}`: an aggregate's state, read from its object, so never stale. */
import { Hono } from 'hono';
import { objectName, streamName } from '../../core/stream.ts';
import { addressOf } from '../commands/prepare-command.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Machinery } from '../machinery.ts';

export function aggregatesRoute({ app }: Machinery): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/:aggregate/:id', async (context) => {
    const address = addressOf(app, context.get('caller'), context.req.param());
    if ('outcome' in address) return problemResponse(address);
    const stream = streamName(address);
    const object = context.env.AGGREGATE.getByName(objectName(address.tenant, stream));
    const { version, state } = await object.currentState();
    if (version === 0) {
      return problemResponse({ outcome: 'unknown', what: address.aggregate, name: address.id });
    }
    return Response.json({ stream, version, state }, { headers: { etag: `"${version}"` } });
  });
}
