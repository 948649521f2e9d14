/** Runs the readers of an aggregate one after another, and lets whatever else waits for the object come between two of them. */
export class ReaderQueue {
  #last: Promise<void> = Promise.resolve();

  async take<Result>(run: () => Result): Promise<Result> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = mine.promise;
    try {
      await before;
      // A timer alone lets the runtime take what has arrived: without it, a reader's next page comes before any command.
      await scheduler.wait(1);
      return run();
    } finally {
      mine.resolve();
    }
  }
}
