/** Values that a function of a domain may return or throw against its types. */

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('touched');
    },
  },
);

/** Each is made on demand, because an early rejected promise is an error of its own. */
export const returned: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a number': () => 0,
  'no number': () => Number.NaN,
  'a text': () => 'text',
  'a truth': () => true,
  'a bigint': () => 1n,
  'a symbol': () => Symbol('anything'),
  'a function': () => () => [],
  'an object': () => ({}),
  'a list of undefined': () => [undefined],
  'a list of null': () => [null],
  'a list of a list': () => [[{}]],
  'an object of another shape': () => ({ table: 'works', kind: 'insert', key: {}, set: {} }),
  'a promise': () => Promise.resolve([]),
  'a rejected promise': () => {
    const rejected = Promise.reject(new Error('late'));
    rejected.catch(() => undefined);
    return rejected;
  },
  'an error': () => new Error('returned'),
  'an object that throws when it is touched': () => hostile,
};

class NoText {
  toString(): string {
    throw new Error('no text');
  }
}

class NoMessage extends Error {
  override get message(): string {
    throw new Error('no message');
  }
}

export const thrown: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a text': () => 'text',
  'a symbol': () => Symbol('anything'),
  'an object without a prototype': () => Object.create(null),
  'an object without a text': () => new NoText(),
  'an error without a message': () => new NoMessage(),
  'an error with ten million characters': () => new Error('x'.repeat(10_000_000)),
  'an error whose stack is no text': () => Object.assign(new Error('odd'), { stack: 7 }),
  'an object that throws when it is touched': () => hostile,
};

/** `returned`, `thrown` and which: what a note asks a function for. */
export const asked: readonly string[] = [
  ...Object.keys(returned).map((name) => `returned ${name}`),
  ...Object.keys(thrown).map((name) => `thrown ${name}`),
];

/** Does what the note asks for; `otherwise` where it asks for nothing. */
export function anything<Result>(note: string, otherwise: () => Result): Result {
  const [, way, name = ''] = /^(returned|thrown) (.*)$/.exec(note) ?? [];
  if (way === 'thrown') throw thrown[name]?.();
  // Deliberately not such a result.
  return way === 'returned' ? (returned[name]?.() as Result) : otherwise();
}
