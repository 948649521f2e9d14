/** Writes what a deployment has about a subject to one readable file, page by page. */
import {
  type PersonalValueView,
  type SubjectExportPage,
  subjectExportPage,
} from '../../core/operator-shapes/subject-export.ts';
import { askAgain } from '../operations/ask-again.ts';
import type { Server } from '../operations/server.ts';
import { writeReadable } from './readable-file.ts';

export interface SubjectExportFile {
  readonly server: Server;
  readonly subject: string;
  readonly path: string;
  readonly reason: string;
  readonly show: (text: string) => void;
}

export interface ExportedSubject {
  readonly subject: string;
  readonly events: number;
  readonly rows: number;
  /** By their state. */
  readonly values: Readonly<Record<PersonalValueView['state'], number>>;
  readonly left: SubjectExportPage['left'];
}

/** @throws NoAnswer; then there is no file */
export async function exportSubject(given: SubjectExportFile): Promise<ExportedSubject> {
  const pages = new SubjectPages(given);
  const first = await pages.next();
  return writeReadable(given.path, async (file) => {
    await file.member('subject', first.subject);
    await file.member('tenant', first.tenant);
    await file.member('server', given.server.url);
    await file.member('at', new Date().toISOString());
    await file.list('events', (add) => pages.each('events', add));
    await file.list('rows', (add) => pages.each('rows', add));
    const { counted } = pages;
    await file.member('left', counted.left);
    await file.member('values', counted.values);
    return counted;
  });
}

/** All events come before all rows. */
class SubjectPages {
  readonly #given: SubjectExportFile;
  #page: SubjectExportPage | undefined;
  readonly #values = { opened: 0, forgotten: 0, unreadable: 0 };
  readonly #left: SubjectExportPage['left'][number][] = [];
  readonly #items = { events: 0, rows: 0 };

  constructor(given: SubjectExportFile) {
    this.#given = given;
  }

  get counted(): ExportedSubject {
    const { subject } = this.#given;
    return { subject, ...this.#items, values: { ...this.#values }, left: [...this.#left] };
  }

  async next(cursor?: string): Promise<SubjectExportPage> {
    const { server, subject, reason } = this.#given;
    const path = `/v1/subjects/${encodeURIComponent(subject)}/export`;
    const input = { reason, ...(cursor !== undefined && { cursor }) };
    const page = await askAgain(server, { method: 'POST', path, input }, subjectExportPage);
    this.#page = page;
    this.#left.push(...page.left);
    return page;
  }

  /** The items of the current page and those that follow: events until the page that has rows. */
  async each(kind: 'events' | 'rows', add: (item: object) => Promise<void>): Promise<void> {
    while (this.#page) {
      for (const item of this.#page[kind]) {
        await add(item);
        this.#items[kind]++;
        for (const { state } of item.personal) this.#values[state]++;
      }
      this.#given.show(`${this.#items.events} events and ${this.#items.rows} rows found.`);
      const { cursor, rows } = this.#page;
      if (cursor === undefined || (kind === 'events' && rows.length > 0)) return;
      await this.next(cursor);
    }
  }
}
