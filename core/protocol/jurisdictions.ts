/** The variable `LEDGE_JURISDICTIONS`, which gives databases a jurisdiction: `DB_2:eu, DB_3:us`. */
import { databaseNames, FIRST_DATABASE } from './deployment-names.ts';

/** Those of Durable Objects (developers.cloudflare.com/durable-objects/reference/data-location, November 2026). */
const JURISDICTIONS: readonly string[] = ['eu', 'us', 'fedramp'];

export const JURISDICTIONS_RULE = `LEDGE_JURISDICTIONS is not of the form DB_2:eu, DB_3:us, with ${JURISDICTIONS.join(', ')}.`;

/** By the databases. The first has none, because the directory is in it. Undefined for a text of another form. */
export function parseJurisdictions(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const entry of text.split(',').flatMap((one) => one.trim() || [])) {
    const [name = '', jurisdiction = '', ...more] = entry.split(':').map((part) => part.trim());
    const isKnown = databaseNames.includes(name) && JURISDICTIONS.includes(jurisdiction);
    if (!isKnown || name === FIRST_DATABASE || more.length > 0) return undefined;
    found.set(name, jurisdiction);
  }
  return found;
}
