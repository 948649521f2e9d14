/** A consumer group as operators are shown it, with its position as the caller reads positions. */
import type { GroupView } from '../../core/operator-shapes/group.ts';
import { utcText } from '../../core/values/time.ts';
import type { GroupState } from '../../durable-objects/index.ts';
import type { ShownPositions } from '../access/sealed-positions.ts';

export function groupView(
  name: string,
  { definition, cursor, leases, held, readAtMs }: GroupState,
  shown: ShownPositions,
): GroupView {
  const { publication, types, attempts, createdAt, createdBy } = definition;
  return {
    ...{ name, publication, types, attempts, createdAt, createdBy },
    ...{ position: shown.of(cursor), leases, held },
    readAt: readAtMs === null ? null : utcText(readAtMs),
  };
}
