/** The names of the grants that a caller has, asked of the checks that its requests pass. */
import { grantedNames } from '../../core/access/granted-names.ts';
import { operatedAreas } from '../../core/access/grants.ts';
import type { App } from '../../core/app.ts';
import type { AuthorizedCaller } from './api-types.ts';
import { refusedBy } from './refused-by-need.ts';

/** Of the app none for a caller of Ledge's own tenant, which reaches no data. */
export function grantedTo(app: App, caller: AuthorizedCaller): string[] {
  const isWithoutData = refusedBy('caller', caller, 'GET') !== undefined;
  const areas = (word: string, method: string) =>
    operatedAreas
      .filter((area) => !refusedBy(area, caller, method))
      .map((area) => `${word} ${area}`);
  return [
    ...(isWithoutData ? [] : grantedNames(app, caller.rights)),
    ...areas('inspect', 'GET'),
    ...areas('operate', 'POST'),
    ...(refusedBy('platform', caller, 'POST') ? [] : ['operate deployment']),
  ];
}
