/** How many rows D1 reads for one request, by its own account. A request that is not counted has none of these. */
const ofRequests = new WeakMap<object, RowsRead>();

export class RowsRead {
  /** The databases of the request, which count here. */
  readonly doors = new WeakMap<D1Database, D1Database>();
  #rows = 0;

  /** The environment of one request, whose databases are counted. */
  static in<Env extends object>(env: Env): { readonly env: Env; readonly read: RowsRead } {
    const own: Env = Object.create(env);
    const read = new RowsRead();
    ofRequests.set(own, read);
    return { env: own, read };
  }

  static of(env: object): RowsRead | undefined {
    return ofRequests.get(env);
  }

  get rows(): number {
    return this.#rows;
  }

  count(results: readonly D1Result[]): void {
    // Another implementation may not have it.
    for (const { meta } of results) this.#rows += meta?.rows_read ?? 0;
  }
}
