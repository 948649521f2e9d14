/**
 * A consumer of publications, for Workers and Node: shares the messages of a consumer group with others, and acknowledges
 * them. It bundles no code of the server.
 */
import { thisHost } from '../host.ts';
import { pausesOf } from '../pause.ts';
import { defaultRetryPolicy } from '../retry.ts';
import { consumeGroup } from './consume-group.ts';
import type { Consumer, ConsumerOptions } from './consumer-types.ts';

export { type AnyProblem, LedgeProblem } from '../problem.ts';
export type {
  ConsumedEvent,
  ConsumeOptions,
  Consumer,
  ConsumerGroup,
  ConsumerOptions,
  Message,
} from './consumer-types.ts';

/**
 * A consumer with the credential of a principal that has the grants `publications` and `consume` of the group's publication.
 *
 * @example const consumer = createConsumer({ url: 'https://ledge.example.com', token });
 * await consumer.group('billing').consume(async ({ event }) => charge(event.id, event.data), { signal });
 */
export function createConsumer({ url, token, fetch, retry }: ConsumerOptions): Consumer {
  const host = { ...thisHost, ...(fetch && { fetch }) };
  const server = {
    url: url.replace(/\/$/, ''),
    credential:
      token === undefined ? token : async () => (typeof token === 'function' ? token() : token),
    host,
    retry: { ...defaultRetryPolicy, ...retry },
    pause: pausesOf(host).pause,
    report: () => undefined,
  };
  return {
    group: (name) => ({
      consume: (handle, options = {}) => consumeGroup(server, name, handle, options),
    }),
  };
}
