/** The dead letters with a status: their groups, and each in a list that draws what is in sight. */
import { deadLetterStatuses } from '../../../../core/plan/dead-letter.ts';
import { Problem } from '../../parts/problem.tsx';
import { useParameters } from '../../parts/use-parameters.ts';
import { counted } from '../../parts/words.ts';
import { GroupTable } from './group-table.tsx';
import { groupsOf } from './letter-groups.ts';
import { LetterRows } from './letter-rows.tsx';
import { Redrive } from './redrive.tsx';
import { useLetters } from './use-letters.ts';

export function LetterList() {
  const { chosen, choose } = useParameters();
  const status = chosen('status') ?? 'parked';
  const projection = chosen('projection');
  const error = chosen('error');
  const found = useLetters({
    status,
    ...(projection !== undefined && { projection }),
    ...(error !== undefined && { error }),
  });
  const { data: letters, hasNextPage } = found;
  const isGroup = projection !== undefined || error !== undefined;
  const isParked = status === 'parked';
  return (
    <>
      <h1>Dead letters</h1>
      <section aria-labelledby="groups">
        <h2 id="groups">By projection and error</h2>
        <div className="filters">
          <label>
            Status
            <select value={status} onChange={({ target }) => choose({ status: target.value })}>
              {deadLetterStatuses.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          {isGroup && (
            <button
              type="button"
              onClick={() => choose({ projection: undefined, error: undefined })}
            >
              All groups
            </button>
          )}
          {isParked && !isGroup && <Redrive label="Redrive all" filter={{}} counts={undefined} />}
        </div>
        {found.error && <Problem error={found.error} />}
        {!letters && !found.error && <p className="quiet">Loading …</p>}
        {letters?.length === 0 && <p>None is {status}.</p>}
        {letters && letters.length > 0 && (
          <>
            <p role="status">
              {counted(letters.length, 'dead letter')} read
              {hasNextPage &&
                ', and there are more: the figures of groups are those of what is read'}
              .
            </p>
            {hasNextPage && (
              <p>
                <button
                  type="button"
                  disabled={found.isFetching}
                  onClick={() => found.fetchNextPage()}
                >
                  Read 1,000 more
                </button>
              </p>
            )}
            <GroupTable groups={groupsOf(letters)} isParked={isParked} hasMore={hasNextPage} />
          </>
        )}
      </section>
      {letters && letters.length > 0 && (
        <section aria-labelledby="letters">
          <h2 id="letters">Each</h2>
          <LetterRows letters={letters} />
        </section>
      )}
    </>
  );
}
