/** Frames as text. What many followers hear is written once; only the subscription's id differs. */
import type { ServerFrame } from '../../core/live-protocol.ts';
import type { Failure } from '../../core/outcome.ts';
import { toProblem } from '../../core/problem.ts';

/** `members` is the rest of the frame as a JSON object's text. */
export function frameText(type: ServerFrame['type'], id: string, members: string): string {
  return `{"type":"${type}","id":${JSON.stringify(id)},${members.slice(1)}`;
}

/** Without an id it is about the socket. */
export function errorFrame(failure: Failure, id?: string): string {
  const frame: ServerFrame = {
    type: 'error',
    ...(id !== undefined && { id }),
    problem: toProblem(failure),
  };
  return JSON.stringify(frame);
}
