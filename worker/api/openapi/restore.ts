/** Describes `/v1/restore/…`. */

import { claimedDeployment, restoredStreams } from '../../../core/operator-shapes/transfer.ts';
import { commandText } from '../../../core/package-name.ts';
import { restoreInputs } from '../inputs/restore.ts';
import { transferInputs } from '../inputs/transfer.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import {
  arrayOf,
  json,
  type Operation,
  objectOf,
  type Paths,
  type Responses,
  type Schema,
} from './operation.ts';
import { count, OPERATIONS_TAG, orNull, text } from './operation-words.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const WHOLE = `Of one whole database, the first where none is named, and all tenants that live in it: part of \`${commandText('restore-database')}\`.`;

const FROM_EXPORT = `Of all tenants: part of \`${commandText('restore')}\`, from an export into an empty deployment.`;

const listed = arrayOf(objectOf({ tenant: text, stream: text, version: count }));
const anchors = arrayOf(objectOf({ position: count, tag: text }));

export const restorePaths: Paths = {
  '/v1/restore/state': {
    post: operation('state', 'The epoch, the revision and the newest positions', {
      input: restoreInputs.state,
      answer: objectOf({ epoch: count, revision: count, head: count, anchors }),
    }),
  },
  '/v1/restore/streams': {
    post: operation('streams', 'The streams that the database knows, a page at a time', {
      input: restoreInputs.streams,
      answer: objectOf({ streams: listed }, { after: objectOf({ tenant: text, stream: text }) }),
    }),
  },
  '/v1/restore/newer-streams': {
    post: operation('newerStreams', 'The streams with events after a place in the journal', {
      input: restoreInputs.newer,
      answer: objectOf({ streams: listed, after: count, done: { type: 'boolean' } }),
    }),
  },
  '/v1/restore/hold': {
    post: operation('hold', 'Commit nothing to D1 until the restore', {
      input: restoreInputs.hold,
      answer: objectOf({ seconds: count }),
    }),
  },
  '/v1/restore/begin': {
    post: operation('begin', 'Begin an epoch after a restore', {
      input: restoreInputs.begin,
      answer: objectOf({ epoch: count, revision: count, common: count }),
    }),
  },
  '/v1/restore/bring': {
    post: operation('bring', "Bring streams up to their objects' heads", {
      input: restoreInputs.bring,
      answer: objectOf({
        streams: arrayOf(
          objectOf(
            { tenant: text, stream: text, head: orNull(count), version: count },
            { because: text },
          ),
        ),
      }),
    }),
  },
  '/v1/restore/claim': {
    post: operation('claim', 'Claim an empty deployment for one export', {
      input: transferInputs.claim,
      answer: answerSchema(claimedDeployment),
      description: FROM_EXPORT,
      refusals: problems('wrong-state'),
    }),
  },
  '/v1/restore/rows': {
    post: operation('rows', 'Store pages of an export in the objects of their streams', {
      input: transferInputs.rows,
      answer: answerSchema(restoredStreams),
      description: FROM_EXPORT,
    }),
  },
  '/v1/restore/release': {
    post: operation('release', 'Let restored streams take commands', {
      input: transferInputs.release,
      answer: answerSchema(restoredStreams),
      description: FROM_EXPORT,
    }),
  },
};

interface Described {
  readonly input: Parameters<typeof jsonSchema>[0];
  readonly answer: Schema;
  readonly description?: string;
  readonly refusals?: Responses;
}

function operation(
  name: string,
  summary: string,
  { input, answer, description = WHOLE, refusals = {} }: Described,
): Operation {
  return {
    operationId: `restore.${name}`,
    tags: [OPERATIONS_TAG],
    summary,
    description,
    parameters: [parameterRef('Database')],
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'What there is.', content: json(answer) },
      ...problems('invalid', 'unknown', 'too-large', 'unsupported-media-type'),
      ...refusals,
    },
  };
}
