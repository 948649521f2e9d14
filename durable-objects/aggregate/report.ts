/** Logs a failure within the object, which continues. */
export type Report = (level: 'warn' | 'error', operation: string, error: unknown) => void;
