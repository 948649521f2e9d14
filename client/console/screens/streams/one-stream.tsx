/** One stream: its events, the state at a moment with what the last event changed, and that event. */
import { Link } from 'wouter';
import type { StoredEvent } from '../../../../core/aggregate/event.ts';
import type { Catalog } from '../../../../core/catalog/catalog-shape.ts';
import { JsonView } from '../../parts/json-view.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { counted } from '../../parts/words.ts';
import { Download } from './download.tsx';
import { EventDetails } from './event-details.tsx';
import { EventList } from './event-list.tsx';
import { type ChosenMoment, type Span, TimeTravel } from './time-travel.tsx';

interface StateAt {
  readonly version: number;
  readonly state: unknown;
  readonly ended?: true;
}

interface OneOf {
  readonly stream: string;
}

export function OneStream({ stream }: OneOf) {
  const now = useApi<StateAt>(`/v1/aggregates/${stream}`);
  const [aggregate = ''] = stream.split('/');
  return (
    <>
      <p className="way">
        <Link href={`/streams?type=${aggregate}`}>Streams of {aggregate}</Link>
      </p>
      <h1>
        <bdi>{stream}</bdi>
      </h1>
      <Loaded of={now}>{(answer) => <Travelled stream={stream} now={answer} />}</Loaded>
    </>
  );
}

function Travelled({ stream, now }: OneOf & { readonly now: StateAt }) {
  const { chosen, choose } = useParameters();
  const newest = now.version;
  const [aggregate, id] = stream.split('/');
  const catalog = useApi<Catalog>('/catalog.json', { isFixed: true }).data;
  // Sagas take commands of their own alone.
  const isSentTo = catalog?.aggregates.some(({ name }) => name === aggregate);
  const at = chosen('at');
  const version = versionOf(chosen('version'), newest);
  const moment: ChosenMoment = at === undefined ? { version } : { at };
  const isNewest = at === undefined && version === newest;
  const path = `/v1/aggregates/${stream}?${new URLSearchParams(queryOf(moment))}`;
  const asked = useApi<StateAt>(isNewest ? undefined : path, { isFixed: true, keepsLast: true });
  const shown = isNewest ? now : asked.data;
  const travel = (to: ChosenMoment | undefined) =>
    choose({ version: undefined, at: undefined, ...(to && queryOf(to)) });
  return (
    <section className="stream" aria-label="Events and state">
      <div className="stream-head">
        <p>
          {counted(newest, 'event')}
          {now.ended && ', ended'}
        </p>
        {isSentTo && <Link href={`/commands/${aggregate}?id=${id}`}>Send a command</Link>}
        <Download stream={stream} newest={newest} />
      </div>
      <TimeTravel chosen={moment} choose={travel} newest={newest} span={useSpan(stream, newest)} />
      <div className="stream-parts">
        <div>
          <EventList
            stream={stream}
            newest={newest}
            selected={shown?.version ?? version}
            select={(one) => travel({ version: one })}
          />
        </div>
        <div className="stream-state">
          {isNewest ? (
            <StateAndEvent stream={stream} at={now} />
          ) : (
            <Loaded of={asked}>{(answer) => <StateAndEvent stream={stream} at={answer} />}</Loaded>
          )}
        </div>
      </div>
    </section>
  );
}

function StateAndEvent({ stream, at }: OneOf & { readonly at: StateAt }) {
  const { version, state } = at;
  const previous = useApi<StateAt>(
    version > 1 ? `/v1/aggregates/${stream}?version=${version - 1}` : undefined,
    { isFixed: true },
  ).data;
  const event = useApi<EventPage>(`/v1/streams/${stream}?after=${version - 1}&limit=1`, {
    isFixed: true,
    keepsLast: true,
  });
  const before = previous?.version === version - 1 ? previous : undefined;
  return (
    <>
      <h2>State at version {version}</h2>
      <p className="quiet">
        {version === 1 ? 'After the first event.' : 'Marked: what its newest event has changed.'}
      </p>
      <JsonView label="State" value={state} {...(before && { before: { value: before.state } })} />
      <Loaded of={event}>
        {({ events }) => events.map((one) => <EventDetails key={one.id} event={one} />)}
      </Loaded>
    </>
  );
}

interface EventPage {
  readonly events: readonly StoredEvent[];
}

/** When the first and the newest event were recorded. */
function useSpan(stream: string, newest: number): Span | undefined {
  const first = useApi<EventPage>(`/v1/streams/${stream}?limit=1`, { isFixed: true }).data;
  const last = useApi<EventPage>(`/v1/streams/${stream}?after=${newest - 1}&limit=1`, {
    ...{ isFixed: true, keepsLast: true },
  }).data;
  const [from, to] = [first?.events[0], last?.events[0]];
  if (!from || !to) return undefined;
  return { fromMs: Date.parse(from.recordedAt), toMs: Date.parse(to.recordedAt) };
}

function versionOf(text: string | undefined, newest: number): number {
  const version = Number(text ?? newest);
  return Number.isInteger(version) ? Math.min(newest, Math.max(1, version)) : newest;
}

function queryOf(moment: ChosenMoment): Record<string, string> {
  return 'at' in moment ? { at: moment.at } : { version: String(moment.version) };
}
