/** Waits for a promise no longer than a deadline. Runs in the objects and in the Worker. */

export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** @throws DeadlinePassed with the text, or what the promise rejects with. What was begun is not ended by that. */
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
    // A timer that is left running keeps an object in memory, which is billed.
    clearTimeout(timer);
  }
}
