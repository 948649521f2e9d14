/** What the export of a subject reads with. */
import type { ShownPositions } from '../access/sealed-positions.ts';
import type { EventReader } from '../http/shown-events.ts';
import type { Projector } from '../projector/projector.ts';
import type { LastServed } from '../queries/serving-version.ts';
import type { Machinery } from '../runtime/machinery.ts';

export interface SubjectExport {
  readonly machinery: Machinery;
  /** The caller with what its answers are opened by. */
  readonly reader: EventReader;
  readonly projector: Projector;
  readonly shown: ShownPositions;
  readonly lastServed: LastServed;
}
