import { expect, test } from 'vitest';
import { DATABASES_MAX, QUEUES_MAX } from './deployment-names.ts';
import { queueShare } from './queue-share.ts';

const upTo = (max: number) => Array.from({ length: max }, (_, index) => index + 1);

const pairs = upTo(QUEUES_MAX).flatMap((queues) =>
  upTo(DATABASES_MAX).map((databases) => ({ queues, databases })),
);

function sharesOf(deployment: { readonly queues: number; readonly databases: number }) {
  return upTo(deployment.databases).map((one) => {
    const { first, count } = queueShare({ database: one - 1, ...deployment });
    return Array.from({ length: count }, (_, index) => first + index);
  });
}

test('DB1 where the queues are a multiple of the databases, each queue belongs to one database', () => {
  const even = pairs.filter(({ queues, databases }) => queues % databases === 0);
  expect(even).toHaveLength(50);
  for (const deployment of even) {
    const { queues, databases } = deployment;
    const shares = sharesOf(deployment);
    // In order, without a gap, and of one length.
    expect(shares.flat()).toEqual(upTo(queues).map((one) => one - 1));
    expect(new Set(shares.map(({ length }) => length))).toEqual(new Set([queues / databases]));
  }
});

test('DB1 where they are not, all databases share all queues', () => {
  const uneven = pairs.filter(({ queues, databases }) => queues % databases !== 0);
  expect(uneven).toHaveLength(206);
  for (const deployment of uneven) {
    const all = upTo(deployment.queues).map((one) => one - 1);
    for (const share of sharesOf(deployment)) expect(share).toEqual(all);
  }
});
