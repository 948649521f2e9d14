/** A file of JSON with a shape. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { errorText } from '../core/failures/error-text.ts';

/** `what` it is to be, for the message. @throws Error with a sentence, for a file that is not */
export function jsonFile<Shape extends z.ZodType>(
  file: string,
  shape: Shape,
  what: string,
): z.output<Shape> {
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : errorText(error);
    throw new Error(`${file} is not ${what}: ${fault}`);
  }
}
