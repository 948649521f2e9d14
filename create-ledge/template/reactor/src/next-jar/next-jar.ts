/** A policy: when a jar is full, the next one is opened, with the same goal. */
import { command, defineReactor } from 'ledge';
import { jar } from '../jar/jar.ts';

export const nextJar = defineReactor({
  name: 'next-jar',
  from: [jar],
  on: {
    jar: {
      JarFilled: ({ aggregateId, data }) =>
        command(jar, nextId(aggregateId), 'OpenJar', { goalCents: data.goalCents }),
    },
  },
});

/** `bicycle-2` after `bicycle-1`. Found from the event alone: an event that comes twice opens one jar. */
function nextId(id: string): string {
  const [, name = id, number = '1'] = /^(.*)-(\d{1,9})$/.exec(id) ?? [];
  return `${name}-${Number(number) + 1}`;
}
