/** Runs the readers of an aggregate one after another, and lets other calls of the object run between two of them. */
export class ReaderTurns {
  #last: Promise<void> = Promise.resolve();

  async take<Result>(run: () => Result): Promise<Result> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = mine.promise;
    try {
      await before;
      // Only a timer lets workerd deliver calls that have arrived: without it, a reader's next page comes before any
      // command.
      await scheduler.wait(1);
      return run();
    } finally {
      mine.resolve();
    }
  }
}
