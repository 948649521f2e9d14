/** How far each projection is, and its builds. */
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { ProjectionStatus } from '../../../../core/operator-shapes/projection-status.ts';
import { Badge } from '../../parts/badge.tsx';
import { Builds } from '../../parts/builds.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { Table } from '../../parts/table.tsx';
import { lagText, number } from '../../parts/words.ts';

/** Five minutes, at a sample in five seconds. */
const SAMPLES_MAX = 60;

interface Properties {
  readonly projections: readonly ProjectionStatus[];
}

export function Projections({ projections }: Properties) {
  const samples = useSamples(projections);
  return (
    <Table
      label="Projections"
      rows={projections}
      keyOf={({ name }) => name}
      columns={[
        {
          head: 'Projection',
          cell: ({ name }) => <Link href={`/read-models/${encodeURIComponent(name)}`}>{name}</Link>,
        },
        { head: 'State', cell: ({ state }) => <Badge state={state} /> },
        {
          head: 'Version',
          isFigure: true,
          cell: ({ version, serving }) =>
            version === serving ? version : `${serving ?? 'none'} → ${version ?? 'none'}`,
        },
        { head: 'Lag', cell: ({ lag }) => lagText(lag) },
        {
          head: 'While open',
          cell: ({ name }) => (
            <Sparkline label={`Lag of ${name} in events`} samples={samples[name] ?? []} />
          ),
        },
        { head: 'Parked', isFigure: true, cell: ({ parked }) => number(parked) },
        { head: 'Build', cell: ({ generations }) => <Builds generations={generations} /> },
      ]}
    />
  );
}

type Samples = Readonly<Record<string, readonly number[]>>;

/** The lags of all answers since the screen was opened, by projection, oldest first. */
function useSamples(projections: readonly ProjectionStatus[]): Samples {
  const [samples, setSamples] = useState<Samples>({});
  useEffect(() => {
    setSamples((before) =>
      Object.fromEntries(
        projections.map(({ name, lag }) => [
          name,
          [...(before[name] ?? []), lag.events].slice(-SAMPLES_MAX),
        ]),
      ),
    );
  }, [projections]);
  return samples;
}
