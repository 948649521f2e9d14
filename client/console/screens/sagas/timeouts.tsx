/** The deadlines of a saga, counted down. */
import { useNow } from '../../parts/use-now.ts';
import { countdownText, durationText, moment } from '../../parts/words.ts';

export function Timeouts({ timeouts }: { readonly timeouts: Readonly<Record<string, string>> }) {
  const names = Object.keys(timeouts);
  if (names.length === 0) return null;
  return (
    <ul className="timeouts" aria-label="Deadlines">
      {Object.entries(timeouts).map(([name, at]) => (
        <li key={name}>
          <strong>
            <bdi>{name}</bdi>
          </strong>{' '}
          <Remaining at={at} /> <span className="quiet">({moment(at)})</span>
        </li>
      ))}
    </ul>
  );
}

/** `in 14 min 32 s`, or since when it is due. */
export function Remaining({ at }: { readonly at: string }) {
  const seconds = (Date.parse(at) - useNow()) / 1_000;
  return <>{seconds > 0 ? `in ${countdownText(seconds)}` : `due for ${durationText(-seconds)}`}</>;
}
