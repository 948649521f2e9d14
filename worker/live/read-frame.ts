/** Parses a client's frame like every other input. The refusal of a frame names its subscription if possible. */

import { invalid } from '../../core/aggregate/outcome.ts';
import {
  type ClientFrame,
  clientFrame,
  FRAME_CHARACTERS_MAX,
  unsubscribeFrame,
} from '../../core/live/live-protocol.ts';
import type { RefusedFrame } from '../../durable-objects/index.ts';
import { invalidInput } from '../http/input-errors.ts';
import { parseJson } from '../http/read-json.ts';

export function readFrame(text: string): ClientFrame | RefusedFrame {
  const json = parseJson(new TextEncoder().encode(text));
  if ('outcome' in json) return { failure: json };
  if (text.length > FRAME_CHARACTERS_MAX) return { failure: tooLong, ...idOf(json.value) };
  const frame = clientFrame.safeParse(json.value);
  if (frame.success) return frame.data;
  return { failure: invalidInput(frame.error), ...idOf(json.value) };
}

function idOf(frame: unknown): { readonly id?: string } {
  const { success, data } = unsubscribeFrame.shape.id.safeParse(Object(frame).id);
  return success ? { id: data } : {};
}

const tooLong = invalid('', `A frame has at most ${FRAME_CHARACTERS_MAX} characters.`);
