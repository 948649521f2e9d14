/** Runs the readers of an aggregate one after another, and lets whatever else waits for the object come between two of them. */
export class ReaderQueue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  async take<Result>(run: () => Result): Promise<Result> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = mine.promise;
    const isNext = this.#waiting++ === 0;
    try {
      if (!isNext) {
        await before;
        // Calls that have arrived run before a timer does.
        await scheduler.wait(0);
      }
      return run();
    } finally {
      this.#waiting--;
      mine.resolve();
    }
  }
}
