/**
 * Aborts when the process is asked to end. The listeners stay: npm passes the terminal's Ctrl-C on a second time, which
 * must not kill a clean stop.
 */
export function abortOnSignal(stop: AbortController): AbortSignal {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
  return stop.signal;
}
