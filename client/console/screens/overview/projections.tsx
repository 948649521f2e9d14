/** How far each projection is, and its builds. */
import { useEffect, useState } from 'react';
import type { ProjectionStatus } from '../../../../core/operator-shapes/projection-status.ts';
import { Badge } from '../../parts/badge.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { Table } from '../../parts/table.tsx';
import { counted, durationText, number } from '../../parts/words.ts';

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
        { head: 'Projection', cell: ({ name }) => name },
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

export function lagText({ events, seconds }: ProjectionStatus['lag']): string {
  return events === 0 ? 'none' : `${counted(events, 'event')}, ${durationText(seconds)}`;
}

export function Builds({ generations }: Pick<ProjectionStatus, 'generations'>) {
  return generations.map(({ database, version, build }) => {
    if (!build) return null;
    const { done, total, eventsPerSecond, secondsLeft } = build;
    const label = `Build of version ${version} in ${database}`;
    return (
      <div key={`${database} ${version}`} className="build">
        <progress value={done} max={Math.max(1, total)} aria-label={label} />
        <span>
          v{version}: {number(done)} of {number(total)}, {number(eventsPerSecond)}/s
          {secondsLeft !== null && `, ${durationText(secondsLeft)} left`}
        </span>
      </div>
    );
  });
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
