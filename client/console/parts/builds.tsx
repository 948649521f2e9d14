/** The builds of a projection, with their progress and the time that is left. */
import type { ProjectionStatus } from '../../../core/operator-shapes/projection-status.ts';
import { durationText, number } from './words.ts';

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
