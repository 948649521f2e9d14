/** Bindings that a Worker may have several of, as `EVENTS`, `EVENTS_2` and so on: it uses those without a gap. */

interface Bound {
  readonly binding: string;
}

export interface NumberedBindings<One extends Bound> {
  /** In their order, up to the first number that is missing. */
  readonly bound: readonly One[];
  /** Such as `EVENTS_17`, `EVENTS_02` or, where there is no second, `EVENTS_3`. */
  readonly unused: readonly One[];
}

/** `names`: every one that is possible, the first without a number. */
export function numberedBindings<One extends Bound>(
  names: readonly string[],
  configured: readonly One[],
): NumberedBindings<One> {
  const found = names.map((name) => configured.find(({ binding }) => binding === name));
  const bound = found.slice(0, [...found, undefined].indexOf(undefined));
  return {
    bound: bound.filter((one) => one !== undefined),
    unused: configured.filter(
      (one) => isNumbered(names[0] ?? '', one.binding) && !bound.includes(one),
    ),
  };
}

/** Of any number, such as that of `EVENTS_02`. */
export function isNumbered(first: string, binding: string): boolean {
  return binding.startsWith(`${first}_`) && /^\d+$/.test(binding.slice(first.length + 1));
}

/** Of a binding that no stream or tenant reaches. `kind`: like `queues`. */
export function unusedText(
  kind: string,
  names: readonly string[],
  { bound }: NumberedBindings<Bound>,
  place: string,
): string {
  const [before = 'none'] = bound.map(({ binding }) => binding).slice(-1);
  return `${kind} are bound as ${names.slice(0, 2).join(', ')} and so on to ${names.at(-1)} without a gap, and the last before it is ${before}. Renumber it in ${place}, or take it out.`;
}
