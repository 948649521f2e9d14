/** Finds domain code that reads the machine's clock: two runs within a millisecond would read the same time. */

const YEAR_MS = 365 * 86_400_000;

/** Runs synchronous work while the clock shows the same day a year later, and then sets it right. */
export function inAnotherYear<Result>(work: () => Result): Result {
  const Clock = Date;
  const now = () => Clock.now() + YEAR_MS;
  globalThis.Date = new Proxy(Clock, {
    construct: (_, args, target) =>
      Reflect.construct(Clock, args.length === 0 ? [now()] : args, target),
    apply: () => new Clock(now()).toString(),
    get: (_, name) => (name === 'now' ? now : Reflect.get(Clock, name)),
  });
  try {
    return work();
  } finally {
    globalThis.Date = Clock;
  }
}
