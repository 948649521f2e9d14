/** What an operator has to decide: alerts with their remedy, sagas, dead letters, what could not be read. */
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { DeadLetterPage, Redriven } from '../../../../core/operator-shapes/dead-letter.ts';
import type { OperationsStatus } from '../../../../core/operator-shapes/operations-status.ts';
import type { SagaPage, WholeSaga } from '../../../../core/operator-shapes/saga.ts';
import type { LedgeProblem } from '../../../problem.ts';
import { Action } from '../../parts/action.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { counted, moment } from '../../parts/words.ts';
import { letterAddress } from '../dead-letters/letter-address.ts';

/** Of each list. The command line and the API have the rest. */
const SHOWN_MAX = 20;

interface Properties {
  readonly status: UseQueryResult<OperationsStatus, LedgeProblem>;
}

export function NeedsYou({ status }: Properties) {
  const sagas = useApi<SagaPage>(`/v1/sagas?status=attention&limit=${SHOWN_MAX}&count=true`);
  const letters = useApi<DeadLetterPage>(`/v1/dead-letters?status=parked&limit=${SHOWN_MAX}`);
  const isQuiet =
    status.data?.alerts.length === 0 &&
    status.data.unread.length === 0 &&
    sagas.data?.rows.length === 0 &&
    letters.data?.deadLetters.length === 0;
  return (
    <section aria-labelledby="needs-you" className="needs-you" data-quiet={isQuiet}>
      <h2 id="needs-you">Needs you now</h2>
      {isQuiet && <p>Nothing: no alert, no saga that waits for you, no dead letter.</p>}
      <Loaded of={status}>{(answer) => <Alerts {...answer} />}</Loaded>
      <Loaded of={sagas}>{(page) => page.rows.length > 0 && <Sagas page={page} />}</Loaded>
      <Loaded of={letters}>
        {(page) => page.deadLetters.length > 0 && <DeadLetters page={page} />}
      </Loaded>
    </section>
  );
}

function Alerts({ alerts, unread }: OperationsStatus) {
  return (
    <ul className="alerts">
      {alerts.map(({ alert, subject, since, cause, remedy }) => (
        <li key={`${alert} ${subject}`}>
          <strong>{alert}</strong> <bdi>{subject}</bdi>
          {since !== null && <span className="quiet"> since {moment(since)}</span>}
          <p>{cause}</p>
          <p className="remedy">{remedy}</p>
        </li>
      ))}
      {unread.map(({ part, name, kind }) => (
        <li key={`${part} ${name}`}>
          <strong>Not read</strong>{' '}
          <bdi>
            {part} {name}
          </bdi>
          : {kind}. Its figures are missing below.
        </li>
      ))}
    </ul>
  );
}

function Sagas({ page: { rows, count = rows.length } }: { readonly page: SagaPage }) {
  return (
    <>
      <h3>{counted(count, 'saga needs attention', 'sagas need attention')}</h3>
      <Table
        label="Sagas that need attention"
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
          { head: 'Since', cell: ({ changedAt }) => moment(changedAt) },
          {
            head: 'Actions',
            cell: ({ saga, id }) => (
              <Action<WholeSaga>
                label="Cancel saga"
                subject={`${saga}/${id}`}
                effect="Takes back what was done, as far as the saga has a way back."
                grant="operate sagas"
                path={`/v1/sagas/${saga}/${id}/cancel`}
                hasReason
                cli={['sagas', 'cancel', saga, id]}
                done={({ status }) => `The saga is now ${status}.`}
              />
            ),
          },
        ]}
      />
    </>
  );
}

function DeadLetters({ page: { deadLetters, cursor } }: { readonly page: DeadLetterPage }) {
  const more = cursor === undefined ? '' : ', and more';
  return (
    <>
      <h3>
        {counted(deadLetters.length, 'dead letter')}
        {more}
      </h3>
      <Table
        label="Dead letters"
        rows={deadLetters}
        keyOf={({ id }) => id}
        columns={[
          { head: 'Held back', cell: ({ generation }) => generation || 'delivery' },
          { head: 'Event', cell: ({ type }) => type },
          {
            head: 'Stream',
            cell: ({ id, stream, version }) => (
              <Link href={letterAddress(id)}>
                <bdi>{`${stream}@${version}`}</bdi>
              </Link>
            ),
          },
          { head: 'Error', cell: ({ error }) => <bdi>{error}</bdi> },
          { head: 'Since', cell: ({ parkedAt }) => moment(parkedAt) },
        ]}
      />
      <p>
        <Action<Redriven>
          label="Redrive all"
          effect="Tries every parked dead letter again, each stream in order, up to 1,000 at once."
          grant="operate dead-letters"
          path="/v1/redrive"
          cli={['dead-letters', 'redrive', '--all']}
          done={({ tried, parkedAgain }) =>
            `${counted(tried, 'dead letter')} tried, ${parkedAgain} parked again.`
          }
        />
      </p>
    </>
  );
}
