/** The operations of a day, the newest first. Each has two entries under one request: what was asked for, and its outcome. */
import type { AuditEntry, AuditPage } from '../../../../core/operator-shapes/audit.ts';
import { Badge } from '../../parts/badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pages } from '../../parts/pages.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { moment } from '../../parts/words.ts';

export function AuditTrail() {
  const { chosen, choose } = useParameters();
  const [day, cursor] = [chosen('day'), chosen('cursor')];
  const asked = new URLSearchParams({
    limit: '100',
    ...(day !== undefined && { day }),
    ...(cursor !== undefined && { cursor }),
  });
  const trail = useApi<AuditPage>(`/v1/audit?${asked}`);
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">Audit</h2>
      <div className="filters">
        <label>
          Day, in UTC
          <input
            type="date"
            value={day ?? trail.data?.day ?? ''}
            onChange={({ target }) => choose({ day: target.value, cursor: undefined })}
          />
        </label>
      </div>
      <Loaded of={trail}>{(page) => <Found page={page} />}</Loaded>
    </section>
  );
}

function Found({ page: { entries, cursor } }: { readonly page: AuditPage }) {
  if (entries.length === 0) return <p>No operation was done on this day.</p>;
  return (
    <>
      <Table
        label="Operations"
        rows={entries}
        keyOf={({ request, type }) => `${request} ${type}`}
        columns={[
          { head: 'Time', cell: ({ at }) => moment(at) },
          { head: 'Actor', cell: ({ actor }) => <bdi>{actor}</bdi> },
          { head: 'Operation', cell: Operation },
          { head: 'Request', cell: ({ request }) => <code>{request}</code> },
        ]}
      />
      <Pages cursor={cursor} />
    </>
  );
}

function Operation(entry: AuditEntry) {
  if (entry.type === 'OperationDone') {
    return (
      <>
        <Badge state={entry.outcome} /> with status {entry.status}
      </>
    );
  }
  return (
    <>
      <code>{entry.operation}</code> on <bdi>{entry.target}</bdi>{' '}
      {entry.reason !== null && (
        <small className="quiet">
          Reason: <bdi>{entry.reason}</bdi>
        </small>
      )}
    </>
  );
}
