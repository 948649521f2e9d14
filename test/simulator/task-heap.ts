/** The tasks of a timeline, as a binary heap: the earliest first, and those of one moment in the order of their entry. */

export interface Task {
  readonly atMs: number;
  readonly name: string;
  readonly run: () => void;
  readonly isBackground: boolean;
  /** It was cancelled, or has begun: then the heap may still hold it. */
  isOver: boolean;
}

interface Entry {
  readonly task: Task;
  readonly place: number;
}

export class TaskHeap {
  readonly #entries: Entry[] = [];
  #places = 0;

  push(task: Task): void {
    const entry = { task, place: ++this.#places };
    let at = this.#entries.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(entry, above)) break;
      this.#move(above, at);
      at = above;
    }
    this.#entries[at] = entry;
  }

  pop(): Task | undefined {
    const [first] = this.#entries;
    const last = this.#entries.pop();
    if (last && this.#entries.length > 0) this.#sink(last);
    return first?.task;
  }

  #sink(entry: Entry): void {
    let at = 0;
    for (;;) {
      const below = this.#earlierOf(2 * at + 1, 2 * at + 2);
      if (below >= this.#entries.length || this.#isBefore(entry, below)) break;
      this.#move(below, at);
      at = below;
    }
    this.#entries[at] = entry;
  }

  #earlierOf(one: number, other: number): number {
    const entry = this.#entries[other];
    return entry && this.#isBefore(entry, one) ? other : one;
  }

  #isBefore({ task, place }: Entry, at: number): boolean {
    const other = this.#entries[at];
    if (!other) return true;
    const laterMs = other.task.atMs - task.atMs;
    return laterMs > 0 || (laterMs === 0 && place < other.place);
  }

  #move(from: number, to: number): void {
    const entry = this.#entries[from];
    if (entry) this.#entries[to] = entry;
  }
}
