/**
 * Wraps a function of the app so that an exception is reported and affects nothing else: neither other live queries of
 * the same socket event, nor the process.
 */
export function guarded<Arguments extends readonly unknown[]>(
  callback: (...given: Arguments) => void,
): (...given: Arguments) => void {
  return (...given) => {
    try {
      callback(...given);
    } catch (error) {
      report(error);
    }
  };
}

/** Browsers and Workers raise an `error` event, as for any uncaught exception. Node would end the process. */
function report(error: unknown): void {
  const { reportError = console.error }: { reportError?: (error: unknown) => void } =
    Object(globalThis);
  reportError(error);
}
