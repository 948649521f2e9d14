/** Each group with what it holds back; its name leads to its letters. */
import { Link } from 'wouter';
import { Table } from '../../parts/table.tsx';
import { moment, number } from '../../parts/words.ts';
import { type LetterGroup, nameOf } from './letter-groups.ts';
import { Redrive } from './redrive.tsx';

/** Of an error in the table; the letter has the whole of it. */
const ERROR_CHARACTERS_MAX = 300;

interface Properties {
  readonly groups: readonly LetterGroup[];
  readonly isParked: boolean;
  /** There are letters that are not read yet. */
  readonly hasMore: boolean;
}

export function GroupTable({ groups, isParked, hasMore }: Properties) {
  return (
    <Table
      label="Groups"
      rows={groups}
      keyOf={({ generation, error }) => `${generation} ${error}`}
      columns={[
        { head: 'Held back', cell: (group) => <GroupLink {...group} /> },
        {
          head: 'Error',
          cell: ({ error }) => <bdi>{error.slice(0, ERROR_CHARACTERS_MAX)}</bdi>,
        },
        { head: 'Letters', isFigure: true, cell: ({ letters }) => number(letters) },
        { head: 'Streams', isFigure: true, cell: ({ streams }) => number(streams) },
        { head: 'Events', cell: ({ types }) => <bdi>{types.join(', ')}</bdi> },
        { head: 'Since', cell: ({ since }) => moment(since) },
        {
          head: 'Actions',
          cell: ({ generation, error, letters, streams }) =>
            isParked && (
              <Redrive
                label="Redrive group"
                subject={generation || 'delivery'}
                filter={{ ...(generation !== '' && { projection: nameOf(generation) }), error }}
                counts={{ letters, streams, hasMore }}
              />
            ),
        },
      ]}
    />
  );
}

type LinkProperties = Pick<LetterGroup, 'generation' | 'error'>;

function GroupLink({ generation, error }: LinkProperties) {
  const address = new URLSearchParams(window.location.search);
  address.set('error', error);
  if (generation !== '') address.set('projection', nameOf(generation));
  return <Link href={`/dead-letters?${address}`}>{generation || 'delivery'}</Link>;
}
