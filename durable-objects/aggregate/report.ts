/** Logs a failure within the object, which continues. The line gets the object's tenant and stream. */
import type { LogLine } from '../../core/failures/log-line.ts';

export type Report = (
  level: 'warn' | 'error',
  line: Pick<
    LogLine,
    | 'operation'
    | 'action'
    | 'actionName'
    | 'attempt'
    | 'command'
    | 'timer'
    | 'events'
    | 'note'
    | 'error'
  >,
) => void;
