/** Whether an app has personal data at all: one that has none pays nothing for it. */
import { type App, allAggregates, allProjections } from './app.ts';
import { subjectOfColumn } from './sealed/personal-column.ts';
import { hasPersonal } from './sealed/personal-faults.ts';

const known = new WeakMap<App, boolean>();

export function hasPersonalData(app: App): boolean {
  const found = known.get(app) ?? findsPersonalData(app);
  known.set(app, found);
  return found;
}

function findsPersonalData(app: App): boolean {
  const inAggregates = allAggregates(app).some(({ commands, events }) =>
    [
      ...Object.values(commands),
      ...Object.values(events).flatMap(({ schemaVersions }) =>
        schemaVersions.map(({ schema }) => schema),
      ),
    ].some(hasPersonal),
  );
  return (
    inAggregates ||
    allProjections(app).some(({ tables }) =>
      tables.some(({ definition }) =>
        Object.values(definition.columns).some((column) => subjectOfColumn(column) !== undefined),
      ),
    )
  );
}
