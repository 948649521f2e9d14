/** A JSON document that is written member by member, and lists item by item. */
import { type Append, writeWhole } from './whole-file.ts';

/** `write` gives its members, in their order. */
export function writeReadable<Result>(
  path: string,
  write: (file: ReadableFile) => Promise<Result>,
): Promise<Result> {
  return writeWhole(path, async (append) => {
    await append('{');
    const result = await write(new ReadableFile(append));
    await append('\n}\n');
    return result;
  });
}

export class ReadableFile {
  readonly #append: Append;
  #isFirstMember = true;

  constructor(append: Append) {
    this.#append = append;
  }

  async member(name: string, value: unknown): Promise<void> {
    await this.#name(name);
    await this.#append(JSON.stringify(value));
  }

  /** `add` appends an item to the list. */
  async list(
    name: string,
    write: (add: (item: unknown) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await this.#name(name);
    await this.#append('[');
    let isFirst = true;
    await write(async (item) => {
      const text = JSON.stringify(item, undefined, 2).replaceAll('\n', '\n    ');
      await this.#append(`${isFirst ? '' : ','}\n    ${text}`);
      isFirst = false;
    });
    await this.#append(isFirst ? ']' : '\n  ]');
  }

  async #name(name: string): Promise<void> {
    await this.#append(`${this.#isFirstMember ? '' : ','}\n  ${JSON.stringify(name)}: `);
    this.#isFirstMember = false;
  }
}
