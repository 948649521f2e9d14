/** Logs what failed within the object, and goes on. */
export type Report = (level: 'warn' | 'error', operation: string, error: unknown) => void;
