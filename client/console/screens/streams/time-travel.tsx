/** The moment whose state is shown: a version, or a time between the first event and the newest. */
import { useEffect, useId, useState } from 'react';
import { counted } from '../../parts/words.ts';

const TICK_MS = 700;
/** Of the slider by time, whatever lies between. */
const TIME_STEPS = 50;

/** Exactly one is given. */
export type ChosenMoment = { readonly version: number } | { readonly at: string };

interface Properties {
  readonly chosen: ChosenMoment;
  readonly choose: (moment: ChosenMoment | undefined) => void;
  readonly newest: number;
  /** When the first and the newest event were recorded; undefined: not known yet. */
  readonly span: Span | undefined;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export function TimeTravel({ chosen, choose, newest, span }: Properties) {
  const ids = useId();
  const isByTime = 'at' in chosen;
  const track = isByTime ? timeTrack(span, chosen.at) : versionTrack(newest, chosen.version);
  const { min, max, step, value } = track;
  const isAtEnd = value >= max;
  const [isPlaying, setIsPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    if (isAtEnd) return setIsPlaying(false);
    const timer = setTimeout(() => choose(track.momentAt(Math.min(max, value + step))), TICK_MS);
    return () => clearTimeout(timer);
  });
  const play = () => {
    if (isAtEnd && !isPlaying) choose(track.momentAt(min));
    setIsPlaying(!isPlaying);
  };
  return (
    <div className="travel">
      <button type="button" onClick={play} disabled={min === max}>
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <label htmlFor={ids} className="unseen">
        {isByTime ? 'Time' : 'Version'}
      </label>
      <input
        id={ids}
        type="range"
        min={min}
        max={max}
        step={isByTime ? 1 : step}
        value={value}
        aria-valuetext={track.text}
        onChange={({ target }) => {
          setIsPlaying(false);
          choose(track.momentAt(Number(target.value)));
        }}
      />
      <output>{track.text}</output>
      <fieldset>
        <legend className="unseen">Travel by</legend>
        <label>
          <input type="radio" checked={!isByTime} onChange={() => choose(undefined)} />
          by version
        </label>
        <label>
          <input
            type="radio"
            checked={isByTime}
            disabled={span === undefined}
            onChange={() => span && choose({ at: new Date(span.toMs).toISOString() })}
          />
          by time
        </label>
      </fieldset>
    </div>
  );
}

interface Track {
  readonly min: number;
  readonly max: number;
  /** Of playing. */
  readonly step: number;
  readonly value: number;
  readonly text: string;
  readonly momentAt: (value: number) => ChosenMoment;
}

function versionTrack(newest: number, version: number): Track {
  return {
    ...{ min: 1, max: newest, step: 1, value: version },
    text: `version ${version} of ${counted(newest, 'event')}`,
    momentAt: (value) => ({ version: value }),
  };
}

function timeTrack(span: Span | undefined, at: string): Track {
  const value = Date.parse(at);
  const { fromMs, toMs } = span ?? { fromMs: value, toMs: value };
  return {
    ...{ min: fromMs, max: toMs, value },
    step: Math.max(1, Math.ceil((toMs - fromMs) / TIME_STEPS)),
    // With the milliseconds: events of one second differ.
    text: at.replace('T', ' ').replace('Z', ' UTC'),
    momentAt: (ms) => ({ at: new Date(ms).toISOString() }),
  };
}
