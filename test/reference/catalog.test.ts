/** What is committed of the reference app for reviewers and consumers is what the app defines. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalogText } from '../../cli/catalog/catalog-text.ts';
import { compareContracts, readContracts } from '../../cli/contracts/contract-files.ts';
import { typesText } from '../../cli/publication-types/types-text.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { publishedEvents } from '../../core/publication/publication.ts';
import { recordedAs } from '../../core/testing/received-event.ts';
import { invoiceOf } from '../../docs/samples/billing/billing.ts';
import type { ShopEvent } from '../../docs/samples/billing/shop-events.ts';
import { app } from '../../domain/app.ts';
import { shop } from '../../domain/published/shop.ts';
import { asyncapiDocument } from '../../worker/api/openapi/asyncapi.ts';
import { cloudEvent } from '../../worker/publications/feed/cloud-event.ts';
import { official } from '../node/support/official-asyncapi.ts';
import { annsCart, confirmed, inOrder, placed } from './orders.ts';

const catalog = catalogOf(app);
const contracts = readContracts(['domain/published/contracts']);

test('CT6 domain/catalog.md is what the app defines: run `ledge catalog --out domain/catalog.md`', () => {
  const text = catalogText(
    catalog,
    contracts.map(({ contract }) => contract),
  );
  expect(readFileSync('domain/catalog.md', 'utf8')).toBe(text);
  expect(text).toContain('Used by billing.');
});

test('CT6 every reactor and saga of the shop declares what it sends', () => {
  const processes = [...catalog.reactors, ...catalog.sagas, ...catalog.actions, ...catalog.inbound];
  expect(processes.filter(({ sends }) => sends === undefined)).toEqual([]);
});

test('CT5 the messages of the shop are valid AsyncAPI 3.1', () => {
  const document = JSON.parse(JSON.stringify(asyncapiDocument(app)));
  expect(official(document), JSON.stringify(official.errors)).toBe(true);
});

test('CT7 the types of the sample consumer are those of the publication', () => {
  const [publication] = catalog.publications;
  expect(publication && typesText(publication)).toBe(
    readFileSync('docs/samples/billing/shop-events.ts', 'utf8'),
  );
});

/** As a reader of the feed is answered. */
function sent(event: { readonly type: string; readonly data: object }): ShopEvent[] {
  const recorded = recordedAs({ ...inOrder('o-1'), ...event } as never, '2026-10-02T00:00:00.000Z');
  const answered = publishedEvents(shop, recorded).map((published) =>
    cloudEvent({ ...published, position: 1, tag: '0000' }, 'a0-1-0000', 'https://shop.example'),
  );
  return JSON.parse(JSON.stringify(answered));
}

test('CT7 the sample consumer takes what the shop publishes', () => {
  const { customer, netCents } = placed(annsCart, '2026-10-02').data;
  expect(sent(placed(annsCart, '2026-10-02')).map(invoiceOf)).toEqual([
    { invoice: 'invoice/o-1', customer, netCents },
  ]);
  expect(sent(confirmed).map(invoiceOf)).toEqual([undefined]);
});

test('CT8 the contract of the sample consumer holds', () => {
  expect(contracts).toHaveLength(1);
  expect(compareContracts(contracts, catalog.publications)).toEqual({ faults: [], notes: [] });
});
