/** What the reads of a read model cost in the Worker: SQL is not built anew for each of them. */
import { afterEach, expect, test, vi } from 'vitest';
import { findList, listIn } from '../../core/app.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';
import { listInput, listReading, rowReading } from '../../worker/queries/list-rows.ts';
import { selecting } from '../../worker/queries/prepared-select.ts';
import { statementsOf } from '../../worker/queries/reading.ts';
import { withPointer } from '../../worker/queries/serving-version.ts';
import { app } from '../shop/app.ts';

afterEach(() => vi.restoreAllMocks());

const model = tableOf('products');

function tableOf(address: string): ReadModelTable {
  const list = findList(app, address);
  const found = list && listIn(list.projection, list);
  if (!found) throw new Error(`There is no list ${address}.`);
  return found;
}

const viewerOf = (tenant: string): Viewer => ({ tenant, rows: 'all' });

function readingsOf(product: string, limit: string, tenant: string) {
  const page = listReading(viewerOf(tenant), model, listInput(model).parse({ limit }));
  if (!('selects' in page)) throw new Error(JSON.stringify(page));
  return [rowReading(viewerOf(tenant), model, { product }), page];
}

test('C12 the columns of a table are turned into SQL once, for every get and list of every caller', () => {
  const select = vi.spyOn(selecting, 'select');
  const statements = ['a', 'b', 'c'].map((name, index) =>
    readingsOf(name, String(index + 1), `of-${name}`).map((reading) =>
      statementsOf(withPointer<unknown>(reading, 'products')),
    ),
  );
  expect(select.mock.calls.length).toBeLessThanOrEqual(1);
  const texts = statements.map((each) => each.flat().map(({ sql }) => sql));
  expect(new Set(texts.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(statements.map((each) => each.flat().map(({ params }) => params))).toEqual(
    ['a', 'b', 'c'].map((name, index) => [
      ['products'],
      [`of-${name}`, name],
      ['products'],
      [`of-${name}`, index + 1],
    ]),
  );
});
