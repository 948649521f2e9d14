/** The tests' shop runs as the reference app is deployed: what its tests prove holds for that Worker too. */
import { expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';

/** Where a Worker is and what it is called, its module, pages, database and bucket. */
const OWN =
  /^(name|topLevelName|main|(userC|c)onfigPath|workers_dev|preview_urls|assets|d1_databases|r2_buckets)$/;

function settingsIn(config: string): Record<string, unknown> {
  const settings = Object.entries(unstable_readConfig({ config }, { hideWarnings: true }));
  return Object.fromEntries(settings.filter(([name]) => !OWN.test(name)));
}

test('SH3 the shop has the settings of the reference app', () => {
  const shop = settingsIn('test/shop/wrangler.toml');
  expect(shop).toEqual(settingsIn('wrangler.toml'));
  expect(shop).toMatchObject({
    compatibility_flags: ['enable_request_signal'],
    durable_objects: { code_update_strategy: { mode: 'deferred', max_delay: 300 } },
  });
});
