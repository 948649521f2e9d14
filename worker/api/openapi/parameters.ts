/** Describes what many operations take beside their own input: the id in the path, and the headers. */
import { IDEMPOTENCY_KEY_RULE } from '../../../core/aggregate/command.ts';
import { IDENTIFIER_RULE } from '../../../core/aggregate/stream.ts';
import { REASON_CHARACTERS_MAX } from '../../administration/operation-audit.ts';
import { commandOptions } from '../../commands/prepare-command.ts';
import { TENANT_HEADER } from '../../http/named-tenant.ts';
import { databaseName } from '../inputs/databases.ts';
import { jsonSchema } from './json-schema.ts';
import type { Parameter, Schema } from './operation.ts';
import type { Reference } from './references.ts';

const text: Schema = { type: 'string' };
const { idempotencyKey, occurredAt } = commandOptions.shape;

type ParameterName =
  | 'AggregateId'
  | 'IdempotencyKey'
  | 'IfMatch'
  | 'IfNoneMatch'
  | 'KnownTag'
  | 'OccurredAt'
  | 'Traceparent'
  | 'ConsistentWith'
  | 'D1Bookmark'
  | 'Database'
  | 'LedgeReason'
  | 'LedgeTenant';

export const parameters: Readonly<Record<ParameterName, Parameter>> = {
  AggregateId: {
    name: 'id',
    in: 'path',
    required: true,
    description: `The aggregate's id: ${IDENTIFIER_RULE}.`,
    schema: text,
    example: 'a-1',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: `Same key, same outcome, however often it is sent: ${IDEMPOTENCY_KEY_RULE}.`,
    schema: jsonSchema(idempotencyKey, 'input'),
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The version that the stream must be at, as in its `ETag`: `"7"`. Evaluated together with `If-None-Match`.',
    schema: text,
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: '`*`: the stream must not exist yet.',
    schema: { type: 'string', enum: ['*'] },
  },
  KnownTag: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an earlier answer: while it is unchanged, the response is 304.',
    schema: text,
  },
  OccurredAt: {
    name: 'Occurred-At',
    in: 'header',
    description:
      'When the fact happened in the world; left out: now. Covered by `Idempotency-Key`: a repeat with another time is refused with 422.',
    schema: jsonSchema(occurredAt, 'input'),
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    description: 'W3C trace context: its trace id becomes the correlation id of all that follows.',
    schema: text,
  },
  ConsistentWith: {
    name: 'Consistent-With',
    in: 'header',
    description: 'Tokens of commands, comma-separated: the answer includes what they did.',
    schema: text,
  },
  D1Bookmark: {
    name: 'D1-Bookmark',
    in: 'header',
    description:
      'The headers of earlier answers that overlapped, 16 at most, comma-separated: this one will not be from before them.',
    schema: text,
  },
  Database: {
    name: 'database',
    in: 'query',
    description: 'The binding of a database of D1: `DB`, `DB_2`. Left out: see the operation.',
    schema: jsonSchema(databaseName, 'input'),
  },
  LedgeReason: {
    name: 'Ledge-Reason',
    in: 'header',
    description: 'Why: recorded in the audit trail, where the input has no `reason`.',
    schema: { type: 'string', maxLength: REASON_CHARACTERS_MAX },
  },
  LedgeTenant: {
    name: TENANT_HEADER,
    in: 'header',
    description:
      'The tenant that is operated, where the caller is an operator of the deployment. No other caller may send it; what it does and reads there is recorded in the audit trail of that tenant.',
    schema: text,
  },
};

export function parameterRef(name: ParameterName): Reference {
  return { $ref: `#/components/parameters/${name}` };
}
