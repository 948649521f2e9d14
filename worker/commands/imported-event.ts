/**
 * An event of another system, as a line of an import has it: checked against the schema version that it names, its
 * personal data taken out. Its version in the stream is its key and its precondition, so that each event is imported
 * once, in order and without a gap.
 */
import * as z from 'zod';
import { importKey } from '../../core/aggregate/command.ts';
import type { EventDefinition } from '../../core/aggregate/event.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { streamName } from '../../core/aggregate/stream.ts';
import { unknownName } from '../../core/protocol/unknown-name.ts';
import { ownValue } from '../../core/values/own-value.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { commandOrigin } from '../http/authenticate-caller.ts';
import { invalidInput } from '../http/input-errors.ts';
import { unknownAggregate } from '../http/unknown-in-app.ts';
import { utcTime } from '../http/utc-time.ts';
import { suspended } from '../runtime/known-tenants.ts';
import type { LineReader } from './batch-line.ts';
import { fingerprint } from './fingerprint.ts';
import { addressOf, type DraftCommand, readSent } from './prepare-command.ts';

/** Ours: an id, a name, a trace. */
const sourceText = z.string().min(1).max(256);

/** One line of an import of events. */
export const importedEventLine = z.strictObject({
  aggregate: z.string(),
  aggregateId: z.string(),
  version: z
    .int()
    .min(1)
    .describe('In the stream: 1 for its first event, and one more for each event after it.'),
  type: z.string(),
  schemaVersion: z
    .int()
    .min(1)
    .exactOptional()
    .describe('The schema version that its data has; the newest when left out.'),
  data: z.unknown(),
  occurredAt: utcTime.describe('When it happened.'),
  sourceId: sourceText.exactOptional().describe('The id of the event at its source.'),
  metadata: z
    .strictObject({
      actor: sourceText.exactOptional().describe('The caller that imports it when left out.'),
      causationId: sourceText.exactOptional(),
      correlationId: sourceText.exactOptional(),
    })
    .exactOptional(),
});

type ImportedEventLine = z.output<typeof importedEventLine>;

/** The command that records the event of a line. */
export function draftImport(
  { app, caller, newId }: LineReader,
  line: unknown,
): DraftCommand | Failure {
  if (caller.suspension) return suspended(caller.suspension);
  const parsed = importedEventLine.safeParse(line);
  if (!parsed.success) return invalidInput(parsed.error);
  const { aggregate, aggregateId: id, type, data: sent } = parsed.data;
  const address = addressOf(app, caller, { aggregate, id });
  if ('outcome' in address) return address;
  const { found, tenant } = address;
  if (found.isInternal) return unknownAggregate(app, aggregate);
  const definition = ownValue(found.events, type);
  if (!definition) return unknownName(`${aggregate} event`, type, Object.keys(found.events));
  const { schemaVersion = definition.schemaVersion } = parsed.data;
  const schema = definition.schemaVersions[schemaVersion - 1]?.schema;
  if (!schema) return unknownVersion(type, definition);
  const read = readSent(app, schema, sent, newId);
  if (!read.success) return invalidInput(read.error, '/data');
  return {
    address: { tenant, aggregate, id },
    draft: {
      ...{ name: type, data: read.data },
      fingerprint: fingerprint(type, sent, parsed.data.occurredAt),
      ...originOf(caller, parsed.data),
      imports: { schemaVersion, ...sourceOf(parsed.data) },
    },
    ...{ personal: read.personal, sent },
  };
}

function unknownVersion(type: string, { schemaVersion }: EventDefinition): Failure {
  return invalid('/schemaVersion', `${type} has schema versions up to ${schemaVersion}.`);
}

/** What belongs together is the stream, unless the source says otherwise. */
function originOf(caller: AuthorizedCaller, line: ImportedEventLine) {
  const { version, occurredAt, metadata, aggregate, aggregateId: id } = line;
  return {
    ...commandOrigin(caller),
    idempotencyKey: importKey(version),
    expectedVersion: version - 1,
    occurredAt,
    correlationId: `import/${streamName({ aggregate, id })}`,
    ...metadata,
  };
}

function sourceOf({ sourceId }: ImportedEventLine): { readonly sourceId?: string } {
  return sourceId === undefined ? {} : { sourceId };
}
