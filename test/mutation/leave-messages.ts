/** Stryker's plugin that leaves the messages of errors alone: that something is thrown is promised, not its words. */

interface Path {
  readonly node: { readonly type: string };
  readonly parent: { readonly type: string } | null;
  readonly key: string | number | null;
  readonly listKey?: string;
}

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'messages',
    value: {
      shouldIgnore: ({ parent, listKey }: Path) =>
        parent?.type === 'NewExpression' && listKey === 'arguments' ? 'a message' : undefined,
    },
  },
];
