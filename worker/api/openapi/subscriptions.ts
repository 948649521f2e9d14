/** Describes what operators do with subscriptions. */
import { type App, publicationsOf } from '../../../core/app.ts';
import {
  createdSubscription,
  deliveryAttempt,
  heldPage,
  redrivenStreams,
  shownSubscription,
  subscriptionPage,
  subscriptionView,
  subscriptionWithSecret,
} from '../../../core/operator-shapes/subscription.ts';
import {
  createSubscriptionInput,
  emptyInput,
  pauseSubscriptionInput,
  redriveHeldInput,
  replaySubscriptionInput,
  rotateSecretInput,
  skipHeldInput,
  subscriptionsInput,
} from '../inputs/subscriptions.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import {
  json,
  type Operation,
  type Parameter,
  type Part,
  pageAnswer,
  replayedHeader,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const tag = 'Subscriptions';

const id: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'As the list names it.',
  schema: { type: 'string' },
};

export function subscriptionsPart(app: App): Part {
  const names = publicationsOf(app).map(({ name }) => name);
  const known = names.length === 0 ? 'The app has none.' : `There are: ${names.join(', ')}.`;
  return {
    tag: { name: tag, description: `Where the events of publications are sent. ${known}` },
    paths: {
      '/v1/subscriptions': { get: list, post: create },
      '/v1/subscriptions/{id}': { get: show },
      '/v1/subscriptions/{id}/held': { get: held },
      ...Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [
          `/v1/subscriptions/{id}/${name}`,
          { post: operation },
        ]),
      ),
    },
    schemas: {},
  };
}

const list: Operation = {
  operationId: 'subscriptions.list',
  tags: [tag],
  summary: 'Subscriptions, by publication',
  parameters: queryParameters(jsonSchema(subscriptionsInput, 'input')),
  responses: { 200: pageAnswer(answerSchema(subscriptionPage)), ...problems('invalid') },
};

const create: Operation = {
  operationId: 'subscriptions.create',
  tags: [tag],
  summary: 'Send the events of a publication to an address, a queue or another Worker',
  description: `To a webhook each event is a POST of a CloudEvent in structured JSON, signed as Standard Webhooks says; \`webhook-id\` is the id of the event
at every attempt. A 2xx within 15 seconds is a delivery. Redirects are not followed. 410 disables the subscription; 429 and 503 are tried again after
\`Retry-After\`, at most an hour; all else is tried again for three days. An event that fails holds back the events of its stream alone.
With \`batch\` several are one POST of \`application/cloudevents-batch+json\`, whose \`webhook-id\` names its events together; a batch that fails is sent again event by event.
The answer alone holds the secret of a webhook. To a queue each event is a message, to a service up to a hundred are an argument of \`receive\`, and an
exception is a failure; nothing is signed. A repeat under the same \`Idempotency-Key\` makes no second subscription and does not show the secret again.`,
  parameters: [parameterRef('IdempotencyKey')],
  requestBody: { required: true, content: json(jsonSchema(createSubscriptionInput, 'input')) },
  responses: {
    200: {
      description: 'A repeat: the subscription that was made, without its secret.',
      headers: { 'Idempotency-Replayed': replayedHeader },
      content: json(answerSchema(subscriptionView)),
    },
    201: {
      description: 'The subscription.',
      content: json(answerSchema(createdSubscription)),
    },
    ...problems('invalid', 'unknown', 'wrong-state', 'key-reused'),
    ...problems('too-large', 'unsupported-media-type'),
  },
};

const show: Operation = {
  operationId: 'subscriptions.get',
  tags: [tag],
  summary: 'One subscription, with how far it is behind',
  parameters: [id],
  responses: {
    200: { description: 'All about it.', content: json(answerSchema(shownSubscription)) },
    ...problems('unknown', 'wrong-state'),
  },
};

const held: Operation = {
  operationId: 'subscriptions.held',
  tags: [tag],
  summary: 'Streams whose next event was not delivered',
  parameters: [id, ...queryParameters(jsonSchema(subscriptionsInput, 'input'))],
  responses: {
    200: pageAnswer(answerSchema(heldPage)),
    ...problems('invalid', 'unknown', 'wrong-state'),
  },
};

interface Described {
  readonly summary: string;
  readonly description?: string;
  readonly input: Parameters<typeof jsonSchema>[0];
  readonly answer: Parameters<typeof answerSchema>[0];
}

function operation(name: string, { input, answer, ...words }: Described): Operation {
  return {
    operationId: `subscriptions.${name}`,
    tags: [tag],
    ...words,
    parameters: [id],
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'What became of it.', content: json(answerSchema(answer)) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}

const operations = {
  pause: operation('pause', {
    summary: 'Stop a subscription, which keeps its place',
    ...{ input: pauseSubscriptionInput, answer: subscriptionView },
  }),
  resume: operation('resume', {
    summary: 'Go on with a subscription from its place',
    ...{ input: emptyInput, answer: subscriptionView },
  }),
  replay: operation('replay', {
    summary: 'Deliver again what is behind a position, or was published since a time',
    description: 'With the same ids. Events that are held stay held.',
    ...{ input: replaySubscriptionInput, answer: subscriptionView },
  }),
  rotate: operation('rotate', {
    summary: 'Give a subscription a new secret',
    description: 'Until the grace period ends deliveries have two signatures.',
    ...{ input: rotateSecretInput, answer: subscriptionWithSecret },
  }),
  test: operation('test', {
    summary: 'Send an event of the type `ledge.subscription.test` now',
    description: 'Also while the subscription is paused. It is tried once.',
    ...{ input: emptyInput, answer: deliveryAttempt },
  }),
  redrive: operation('redrive', {
    summary: 'Try events again that were given up on',
    ...{ input: redriveHeldInput, answer: redrivenStreams },
  }),
  skip: operation('skip', {
    summary: 'Leave the next event of a held stream out, for a reason',
    ...{ input: skipHeldInput, answer: subscriptionView },
  }),
  delete: operation('delete', {
    summary: 'Delete a subscription',
    description:
      'Nothing more is sent, and its place and its secret are gone. Answers what was deleted.',
    ...{ input: emptyInput, answer: subscriptionView },
  }),
} as const;
