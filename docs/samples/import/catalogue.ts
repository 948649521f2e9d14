/** The example of an importer: products of another system, without a file in between. */
// #region importer
import { type ImportCommand, importCommands } from 'ledge/import';

interface CatalogueRow {
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
  readonly onHand: number;
}

async function* commandsOf(rows: AsyncIterable<CatalogueRow>): AsyncGenerator<ImportCommand> {
  for await (const { sku, name, priceCents, onHand } of rows) {
    const product = { aggregate: 'product', id: sku };
    yield {
      ...product,
      command: 'RegisterProduct',
      data: { name, priceCents },
      idempotencyKey: `catalogue-${sku}`,
    };
    yield {
      ...product,
      command: 'ReceiveStock',
      data: { quantity: onHand },
      idempotencyKey: `opening-stock-${sku}`,
    };
  }
}

export function importCatalogue(rows: AsyncIterable<CatalogueRow>, url: string) {
  return importCommands({ source: commandsOf(rows), url });
}
// #endregion
