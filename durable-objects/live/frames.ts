/** Frames as text. A frame for many subscriptions is serialized once; only the subscription's id differs. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { ServerFrame } from '../../core/live/live-protocol.ts';
import { toProblem } from '../../core/protocol/problem.ts';

/** `members` is the rest of the frame as a JSON object's text. */
export function frameText(type: ServerFrame['type'], id: string, members: string): string {
  return `{"type":"${type}","id":${JSON.stringify(id)},${members.slice(1)}`;
}

/** The subject of an error: a subscription, one of its tokens, or, without either, a frame. */
export interface ErrorSubject {
  readonly id?: string;
  readonly token?: string;
}

/** `basePath` is the path under which the API is served, with its pages about problems. */
export function errorFrame(failure: Failure, about: ErrorSubject, basePath: string): string {
  const frame: ServerFrame = { type: 'error', ...about, problem: toProblem(failure, basePath) };
  return JSON.stringify(frame);
}

export function renewedFrame(id: string, untilMs: number): string {
  return frameText('renewed', id, JSON.stringify({ until: new Date(untilMs) }));
}
