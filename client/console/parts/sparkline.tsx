/** The last samples of a figure as one line, the newest at the right. */

const WIDTH = 120;
const HEIGHT = 24;
const EDGE = 2;

interface Properties {
  /** Oldest first. */
  readonly samples: readonly number[];
  /** What the line shows, for readers of a screen. */
  readonly label: string;
}

export function Sparkline({ samples, label }: Properties) {
  const highest = Math.max(1, ...samples);
  // A single sample is a line, too.
  const drawn = samples.length === 1 ? [...samples, ...samples] : samples;
  const step = WIDTH / Math.max(1, drawn.length - 1);
  const points = drawn.map((sample, index) => {
    const y = HEIGHT - EDGE - (sample / highest) * (HEIGHT - 2 * EDGE);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${label}: ${samples.join(', ')}`}
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}
