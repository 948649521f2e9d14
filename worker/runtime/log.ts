/** Structured JSON, one line an operation: names, versions, durations and outcomes, never payloads. */
export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, line: Readonly<Record<string, unknown>>) => void;

export const logLine: Log = (level, line) => {
  console[level](JSON.stringify({ level, ...line }));
};
