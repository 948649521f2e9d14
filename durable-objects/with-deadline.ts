/** Awaits a promise up to a deadline. Runs in the objects and in the Worker. */
import { KnownFault } from '../core/failures/known-fault.ts';

export class DeadlinePassed extends KnownFault {
  override readonly name = 'DeadlinePassed';
}

/** @throws DeadlinePassed with the text, or the promise's error. The deadline does not abort the work. */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  waitMs: number,
  text: string,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(text)), waitMs);
  });
  try {
    return await Promise.race([promise, passed]);
  } finally {
    // A running timer keeps an object in memory, which is billed.
    clearTimeout(timer);
  }
}
