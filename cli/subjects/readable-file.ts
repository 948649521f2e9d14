/**
 * A JSON document that is written item by item, so that memory holds one. It has its name once it is whole, and the user
 * alone may read it: it has personal data.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

const OWNER_ONLY = 0o600;

/** Members in their order, before the closing brace. */
export class ReadableFile {
  readonly #file: FileHandle;
  #isFirstMember = true;
  #isFirstItem = true;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** What `write` leaves unfinished is deleted. */
  static async whole<Result>(
    path: string,
    write: (file: ReadableFile) => Promise<Result>,
  ): Promise<Result> {
    const partial = `${path}.partial`;
    await rm(partial, { force: true });
    const handle = await open(partial, 'wx', OWNER_ONLY);
    try {
      const file = new ReadableFile(handle);
      await handle.appendFile('{');
      const result = await write(file);
      await handle.appendFile('\n}\n');
      await handle.sync();
      await rename(partial, path);
      return result;
    } finally {
      await handle.close();
      await rm(partial, { force: true });
    }
  }

  async member(name: string, value: unknown): Promise<void> {
    await this.#name(name);
    await this.#file.appendFile(JSON.stringify(value));
  }

  /** `add` appends an item to the list. */
  async list(
    name: string,
    write: (add: (item: unknown) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await this.#name(name);
    await this.#file.appendFile('[');
    this.#isFirstItem = true;
    await write(async (item) => {
      const text = JSON.stringify(item, undefined, 2).replaceAll('\n', '\n    ');
      await this.#file.appendFile(`${this.#isFirstItem ? '' : ','}\n    ${text}`);
      this.#isFirstItem = false;
    });
    await this.#file.appendFile(this.#isFirstItem ? ']' : '\n  ]');
  }

  async #name(name: string): Promise<void> {
    await this.#file.appendFile(`${this.#isFirstMember ? '' : ','}\n  ${JSON.stringify(name)}: `);
    this.#isFirstMember = false;
  }
}
