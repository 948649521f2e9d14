/** The reference app's Worker on a real local server, as `npm run dev` starts it. */
import { type Served, serveLedge } from '../../e2e/support/serve.ts';

export function serveReference(): Promise<Served> {
  return serveLedge('wrangler.toml');
}
