/** The rows with values of a subject: the serving tables with personal columns, a part of one for each page. */
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { allProjections, type List, listsOf } from '../../core/app.ts';
import type {
  ExportedSubjectRow,
  SubjectExportPage,
} from '../../core/operator-shapes/subject-export.ts';
import { subjectOfColumn } from '../../core/sealed/personal-column.ts';
import { type DescribedSubject, describedData } from '../personal/described-data.ts';
import { listReading, ofList, type RowPage } from '../queries/list-rows.ts';
import { readServing } from '../queries/serving-version.ts';
import type { SubjectExport } from './subject-export.ts';

/** Where a page of rows begins. */
export interface RowsPlace {
  /** Of the list; empty for the first. */
  readonly address: string;
  /** A cursor of it; empty at its beginning. */
  readonly after: string;
}

export const FIRST_ROWS: RowsPlace = { address: '', after: '' };

/** Ours: rows that a page examines, in reads of so many. */
const ROWS_AT_ONCE = 1_000;
const READS_MAX = 20;

export type SubjectRows = Pick<SubjectExportPage, 'rows' | 'left'> & {
  /** Undefined after the last list. */
  readonly next: RowsPlace | undefined;
};

/** Whatever the access rules show the caller of rows: the grant is of the subject. */
export async function subjectRows(
  by: Omit<SubjectExport, 'shown'>,
  of: DescribedSubject,
  { address, after }: RowsPlace,
): Promise<SubjectRows | Failure> {
  const lists = personalLists(by);
  const index = address === '' ? 0 : lists.findIndex((one) => one.address === address);
  if (index < 0) return invalid('cursor', 'Its list is gone: the app was deployed meanwhile.');
  const list = lists[index];
  if (!list) return { rows: [], left: [], next: undefined };
  const following = lists[index + 1];
  const nextList = following && { address: following.address, after: '' };
  let cursor = after;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const page = await readPage(by, list, cursor);
    if ('outcome' in page) {
      if (page.outcome !== 'unavailable') return page;
      const left = [{ list: list.address, because: page.detail }];
      return { rows: [], left, next: nextList };
    }
    const described = await describedData(by.reader, of, page.rows);
    const rows = described.flatMap((data): ExportedSubjectRow[] =>
      data ? [{ list: list.address, ...data }] : [],
    );
    if (page.cursor === undefined) return { rows, left: [], next: nextList };
    cursor = page.cursor;
    if (rows.length > 0) return { rows, left: [], next: { address: list.address, after: cursor } };
  }
  return { rows: [], left: [], next: { address: list.address, after: cursor } };
}

function personalLists({ machinery }: Pick<SubjectExport, 'machinery'>): List[] {
  return allProjections(machinery.app)
    .flatMap(listsOf)
    .filter(({ table }) => Object.values(table.definition.columns).some(subjectOfColumn));
}

async function readPage(
  { reader, projector, lastServed }: Pick<SubjectExport, 'reader' | 'projector' | 'lastServed'>,
  list: List,
  after: string,
): Promise<RowPage | Failure> {
  const viewer = { tenant: reader.tenant, rows: 'all' } as const;
  const input = { limit: ROWS_AT_ONCE, ...(after !== '' && { cursor: after }) };
  const readingOf = ofList(list, (model) => listReading(viewer, model, input));
  const found = await readServing(
    ...([projector, lastServed, 'first-primary', list.projection, readingOf] as const),
  );
  return 'outcome' in found ? found : found.answer;
}
