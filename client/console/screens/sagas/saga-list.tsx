/** The sagas with a status, those that changed last first. */
import { Link } from 'wouter';
import type { SagaPage, SagaRow } from '../../../../core/operator-shapes/saga.ts';
import { sagaPhases } from '../../../../core/process/effect.ts';
import { Badge } from '../../parts/badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pages } from '../../parts/pages.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { counted, moment } from '../../parts/words.ts';

const statuses: readonly SagaRow['status'][] = ['attention', ...sagaPhases];

const PAGE = 50;

export function SagaList() {
  const { chosen, choose } = useParameters();
  const status = chosen('status');
  const id = chosen('id');
  const cursor = chosen('cursor');
  const asked = new URLSearchParams({
    ...{ limit: String(PAGE), count: 'true', sort: '-changedAt' },
    ...(status !== undefined && { status }),
    ...(id !== undefined && { id }),
    ...(cursor !== undefined && { cursor }),
  });
  const sagas = useApi<SagaPage>(`/v1/sagas?${asked}`);
  return (
    <>
      <h1>Sagas</h1>
      <section aria-label="List">
        <div className="filters">
          <label>
            Status
            <select
              value={status ?? ''}
              onChange={({ target }) => choose({ status: target.value, cursor: undefined })}
            >
              <option value="">any</option>
              {statuses.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <label>
            Id
            <input
              type="search"
              value={id ?? ''}
              onChange={({ target }) => choose({ id: target.value, cursor: undefined })}
            />
          </label>
        </div>
        <Loaded of={sagas}>{(page) => <Found page={page} />}</Loaded>
      </section>
    </>
  );
}

function Found({
  page: { rows, count = rows.length, countIsCapped, cursor },
}: {
  readonly page: SagaPage;
}) {
  if (rows.length === 0) return <p>No saga has this status and id.</p>;
  return (
    <>
      <p className="quiet">
        {counted(count, 'saga')}
        {countIsCapped && ', at least'}
      </p>
      <Table
        label="Sagas"
        rows={rows}
        keyOf={({ saga, id }) => `${saga}/${id}`}
        columns={[
          {
            head: 'Saga',
            cell: ({ saga, id }) => (
              <Link href={`/sagas/${saga}/${id}`}>
                <bdi>{`${saga}/${id}`}</bdi>
              </Link>
            ),
          },
          { head: 'Status', cell: ({ status }) => <Badge state={status} /> },
          { head: 'Reason', cell: ({ reason }) => <bdi>{reason}</bdi> },
          { head: 'Changed', cell: ({ changedAt }) => moment(changedAt) },
          { head: 'Started', cell: ({ startedAt }) => moment(startedAt) },
        ]}
      />
      <Pages cursor={cursor} />
    </>
  );
}
