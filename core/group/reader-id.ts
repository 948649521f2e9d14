/** The ids by which D1 knows the readers of feeds, subscriptions and consumer groups: each kind's begin in their own way. */

export const readerPrefixes = { subscription: 'sub_', group: 'group/' } as const;

export type ReaderKind = keyof typeof readerPrefixes;

/** The id of a consumer group. */
export function groupId(name: string): string {
  return `${readerPrefixes.group}${name}`;
}

/** The name of the group that has the id; undefined: it is a subscription's. */
export function groupOf(id: string): string | undefined {
  const { group } = readerPrefixes;
  return id.startsWith(group) ? id.slice(group.length) : undefined;
}
