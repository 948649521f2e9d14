/** Reads a client's frame as every other input is read. Called by the Live object. */
import { type ClientFrame, clientFrame } from '../../core/live-protocol.ts';
import type { Failure } from '../../core/outcome.ts';
import { invalidInput } from '../http/input-errors.ts';
import { parseJson } from '../http/read-json.ts';

export function readFrame(text: string): ClientFrame | Failure {
  const json = parseJson(new TextEncoder().encode(text));
  if ('failure' in json) return json.failure;
  const frame = clientFrame.safeParse(json.value);
  return frame.success ? frame.data : invalidInput(frame.error);
}
