/** Describes `/v1/export/…`. */

import { begunExport, exportedPages } from '../../../core/operator-shapes/transfer.ts';
import { commandText } from '../../../core/package-name.ts';
import { transferInputs } from '../inputs/transfer.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation, type Paths } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { problems } from './problems.ts';

const ALL = `Of all tenants: part of \`${commandText('export')}\`.`;

export const exportPaths: Paths = {
  '/v1/export/begin': {
    post: operation('begin', 'Where the journal is, and which streams are of sagas', {
      input: transferInputs.begin,
      answer: begunExport,
    }),
  },
  '/v1/export/pages': {
    post: operation('pages', 'Pages of streams: events, outcomes of commands, timers', {
      input: transferInputs.pages,
      answer: exportedPages,
    }),
  },
};

interface Described {
  readonly input: Parameters<typeof jsonSchema>[0];
  readonly answer: Parameters<typeof answerSchema>[0];
}

function operation(name: string, summary: string, { input, answer }: Described): Operation {
  return {
    operationId: `export.${name}`,
    tags: [OPERATIONS_TAG],
    summary,
    description: ALL,
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'What there is.', content: json(answerSchema(answer)) },
      ...problems('invalid', 'too-large', 'unsupported-media-type'),
    },
  };
}
