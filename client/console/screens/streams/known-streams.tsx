/** The known streams of a type, and a way to one by its id. */
import { Link } from 'wouter';
import type { Catalog } from '../../../../core/catalog/catalog-shape.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { number } from '../../parts/words.ts';

const PAGE = 50;

interface StreamPage {
  readonly streams: readonly { readonly stream: string; readonly version: number }[];
  readonly cursor?: string;
}

export function KnownStreams() {
  const catalog = useApi<Catalog>('/catalog.json', { isFixed: true });
  return (
    <>
      <h1>Streams</h1>
      <section aria-label="Search">
        <Loaded of={catalog}>
          {({ aggregates, sagas }) => (
            <Search types={[...aggregates, ...sagas].map(({ name }) => name)} />
          )}
        </Loaded>
      </section>
    </>
  );
}

function Search({ types }: { readonly types: readonly string[] }) {
  const { chosen, choose } = useParameters();
  const type = chosen('type') ?? types[0] ?? '';
  const prefix = chosen('prefix') ?? '';
  return (
    <>
      <div className="search">
        <label>
          Type
          <select
            value={type}
            onChange={({ target }) => choose({ type: target.value, cursor: undefined })}
          >
            {types.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Ids that begin with
          <input
            type="search"
            value={prefix}
            onChange={({ target }) => choose({ prefix: target.value, cursor: undefined })}
          />
        </label>
      </div>
      {type !== '' && <Found type={type} prefix={prefix} cursor={chosen('cursor')} />}
    </>
  );
}

interface FoundProperties {
  readonly type: string;
  readonly prefix: string;
  readonly cursor: string | undefined;
}

function Found({ type, prefix, cursor }: FoundProperties) {
  const { choose } = useParameters();
  const asked = new URLSearchParams({
    ...(prefix !== '' && { prefix }),
    ...(cursor !== undefined && { cursor }),
    limit: String(PAGE),
  });
  const page = useApi<StreamPage>(`/v1/streams/${encodeURIComponent(type)}?${asked}`, {
    keepsLast: true,
  });
  return (
    <Loaded of={page}>
      {({ streams, cursor: next }) => (
        <>
          {streams.length === 0 ? (
            <p>No stream of this type has an id that begins so.</p>
          ) : (
            <Table
              label={`Streams of ${type}`}
              rows={streams}
              keyOf={({ stream }) => stream}
              columns={[
                {
                  head: 'Stream',
                  cell: ({ stream }) => <Link href={`/streams/${stream}`}>{stream}</Link>,
                },
                { head: 'Events', isFigure: true, cell: ({ version }) => number(version) },
              ]}
            />
          )}
          <div className="pages">
            {cursor !== undefined && (
              <button type="button" onClick={() => choose({ cursor: undefined })}>
                First page
              </button>
            )}
            {next !== undefined && (
              <button type="button" onClick={() => choose({ cursor: next })}>
                Next page
              </button>
            )}
          </div>
        </>
      )}
    </Loaded>
  );
}
