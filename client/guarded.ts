/**
 * Calls a function of the app so that what it throws is reported and breaks nothing else: neither the other live
 * queries of the socket whose event leads here, nor the process.
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

/** Browsers and Workers raise an `error` event, as for any exception that is not caught. Node would end the process. */
function report(error: unknown): void {
  const { reportError = console.error }: { reportError?: (error: unknown) => void } =
    Object(globalThis);
  reportError(error);
}
