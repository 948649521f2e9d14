/** Describes consumer groups: what operators do with them, and what consumers send. */
import { type App, publicationsOf } from '../../../core/app.ts';
import {
  groupPage,
  groupView,
  heldMessagesPage,
  receiptAnswers,
  redrivenMessages,
  shownGroup,
} from '../../../core/operator-shapes/group.ts';
import {
  ackInput,
  createGroupInput,
  deleteGroupInput,
  extendInput,
  GROUP_NAME,
  groupsInput,
  nackInput,
  receiveInput,
  redriveMessagesInput,
  skipMessageInput,
} from '../inputs/groups.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import {
  arrayOf,
  json,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  pageAnswer,
  type Schema,
} from './operation.ts';
import { problems } from './problems.ts';
import { schemaRef } from './references.ts';

const tag = 'Consumer groups';

const group: Parameter = {
  name: 'group',
  in: 'path',
  required: true,
  description: 'The name of the group.',
  schema: { type: 'string', pattern: GROUP_NAME.source },
};

export function groupsPart(app: App): Part {
  const names = publicationsOf(app).map(({ name }) => name);
  const known = names.length === 0 ? 'The app has none.' : `There are: ${names.join(', ')}.`;
  return {
    tag: {
      name: tag,
      description: `Competing consumers of the events of publications, with acknowledgement. ${known}`,
    },
    paths: {
      '/v1/groups': { get: list, post: create },
      '/v1/groups/{group}': { get: show },
      '/v1/groups/{group}/held': { get: held },
      ...Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [
          `/v1/groups/{group}/${name}`,
          { post: operation },
        ]),
      ),
    },
    schemas: {},
  };
}

const list: Operation = {
  operationId: 'groups.list',
  tags: [tag],
  summary: 'Consumer groups, by publication',
  parameters: queryParameters(jsonSchema(groupsInput, 'input')),
  responses: { 200: pageAnswer(answerSchema(groupPage)), ...problems('invalid') },
};

const create: Operation = {
  operationId: 'groups.create',
  tags: [tag],
  summary: 'Make a consumer group over a publication',
  description: `Its consumers share the events of the publication. A stream with a message that a consumer has is given to no other one, so
each stream is in order with any number of consumers. A repeat with the same input changes nothing.`,
  requestBody: { required: true, content: json(jsonSchema(createGroupInput, 'input')) },
  responses: {
    200: { description: 'It was there already.', content: json(answerSchema(groupView)) },
    201: { description: 'The group.', content: json(answerSchema(groupView)) },
    ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
  },
};

const show: Operation = {
  operationId: 'groups.get',
  tags: [tag],
  summary: 'One consumer group, with how far it is behind',
  parameters: [group],
  responses: {
    200: { description: 'All about it.', content: json(answerSchema(shownGroup)) },
    ...problems('unknown', 'wrong-state'),
  },
};

const held: Operation = {
  operationId: 'groups.held',
  tags: [tag],
  summary: 'Streams whose next message has failed',
  parameters: [group, ...queryParameters(jsonSchema(groupsInput, 'input'))],
  responses: {
    200: pageAnswer(answerSchema(heldMessagesPage)),
    ...problems('invalid', 'unknown', 'wrong-state'),
  },
};

interface Described {
  readonly summary: string;
  readonly description?: string;
  readonly input: Parameters<typeof jsonSchema>[0];
  readonly answer: Schema;
}

function operation(name: string, { input, answer, ...words }: Described): Operation {
  return {
    operationId: `groups.${name}`,
    tags: [tag],
    ...words,
    parameters: [group],
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'What became of it.', content: json(answer) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}

const message: Schema = objectOf({
  receipt: { type: 'string', description: 'To be sent back with what became of the message.' },
  attempt: { type: 'integer', minimum: 1, description: '1: the first one.' },
  event: schemaRef('PublicEvent'),
});

const messages: Schema = objectOf({
  messages: arrayOf(message),
  leasedUntil: {
    type: ['string', 'null'],
    description: 'When the lease of all of them ends. Null: there is no message.',
  },
});

const receive = operation('receive', {
  summary: 'Lease messages to the caller',
  description: `The messages, events as the feed of the publication has them, are given to no other consumer until the lease ends, nor
is any other message of their streams. Several messages of a stream are in its order. Each receipt is answered by \`ack\` or \`nack\`; a lease that
ends counts as a failed attempt of the first message of each of its streams. With \`wait\` the answer comes with the first message.
An answer ends at a million characters.`,
  ...{ input: receiveInput, answer: messages },
});

const operations = {
  receive: {
    ...receive,
    responses: { ...receive.responses, ...problems('damaged') },
  },
  ack: operation('ack', {
    summary: 'Acknowledge messages',
    description: 'Each receipt is answered for itself. A repeat changes nothing.',
    ...{ input: ackInput, answer: answerSchema(receiptAnswers) },
  }),
  nack: operation('nack', {
    summary: 'Give messages back, or up',
    description:
      'It ends the lease of the messages of its stream that come behind it, too: they follow once it is acknowledged or skipped.',
    ...{ input: nackInput, answer: answerSchema(receiptAnswers) },
  }),
  extend: operation('extend', {
    summary: 'Extend leases',
    description:
      'Each receipt extends the lease of all messages that were received with it, from now on.',
    ...{ input: extendInput, answer: answerSchema(receiptAnswers) },
  }),
  redrive: operation('redrive', {
    summary: 'Give messages to consumers again that were given up on',
    ...{ input: redriveMessagesInput, answer: answerSchema(redrivenMessages) },
  }),
  skip: operation('skip', {
    summary: 'Leave the next message of a held stream out, for a reason',
    ...{ input: skipMessageInput, answer: answerSchema(groupView) },
  }),
  delete: operation('delete', {
    summary: 'Delete a consumer group',
    description: 'Its place, its leases and what it holds are gone. Answers what was deleted.',
    ...{ input: deleteGroupInput, answer: answerSchema(groupView) },
  }),
} as const;
