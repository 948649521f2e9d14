/** The documentation's importer against a real server. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { importCatalogue } from '../../docs/samples/import/catalogue.ts';
import { serveLedge } from './support/serve.ts';

test('IX5 a program imports from its own source, and another run does nothing twice', async () => {
  const { server, url } = await serveLedge();
  const rows = [
    { sku: 'chai', name: 'Chai', priceCents: 1_800, onHand: 39 },
    { sku: 'chang', name: 'Chang', priceCents: 1_900, onHand: 17 },
  ];
  try {
    const first = await importCatalogue(Readable.from(rows), url.href);
    expect(first).toMatchObject({ ending: 'complete', tally: { accepted: 4, replayed: 0 } });
    const second = await importCatalogue(Readable.from(rows), url.href);
    expect(second.tally).toEqual({ accepted: 4, replayed: 4, rejected: 0, failed: 0 });
    const chai = await fetch(new URL('/v1/aggregates/product/chai', url));
    expect(await chai.json()).toMatchObject({ version: 2, state: { onHand: 39 } });
  } finally {
    await server.close();
  }
});
