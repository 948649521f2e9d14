/** Tries dead letters again: all that are parked, or those of a group. */
import type { Redriven } from '../../../../core/operator-shapes/dead-letter.ts';
import { Action } from '../../parts/action.tsx';
import { counted } from '../../parts/words.ts';

/** What is tried: as the API names it. */
interface RedriveFilter {
  readonly projection?: string;
  readonly error?: string;
}

interface Properties {
  readonly label: string;
  readonly subject?: string;
  readonly filter: RedriveFilter;
  /** How many there are, as far as it is known. */
  readonly counts:
    | { readonly letters: number; readonly streams: number; readonly hasMore: boolean }
    | undefined;
}

export function Redrive({ label, subject, filter, counts }: Properties) {
  const flags = Object.entries(filter).flatMap(([name, value]) => [`--${name}`, value]);
  return (
    <Action<Redriven>
      label={label}
      {...(subject !== undefined && { subject })}
      effect={effectOf(counts)}
      grant="operate dead-letters"
      path="/v1/redrive"
      body={{ ...filter }}
      cli={['dead-letters', 'redrive', ...(flags.length === 0 ? ['--all'] : flags)]}
      done={({ tried, parkedAgain, more }) =>
        `${counted(tried, 'dead letter')} tried, ${parkedAgain} parked again.${more ? ' There are more.' : ''}`
      }
    />
  );
}

function effectOf(counts: Properties['counts']): string {
  const order = 'each stream in order, up to 1,000 at once. What fails again is parked again.';
  if (!counts) return `Tries every parked dead letter again, ${order}`;
  const { letters, streams, hasMore } = counts;
  const atLeast = hasMore ? 'at least ' : '';
  return `Tries ${atLeast}${counted(letters, 'dead letter')} of ${atLeast}${counted(streams, 'stream')} again, ${order}`;
}
