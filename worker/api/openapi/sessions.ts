/** Describes the sessions of browsers. */
import { type Header, json, type Operation, objectOf, type Part } from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Sessions';

const cookie: Readonly<Record<string, Header>> = {
  'Set-Cookie': {
    description: 'The cookie `__Host-ledge`, which only pages of this origin send.',
    schema: { type: 'string' },
  },
};

const open: Operation = {
  operationId: 'sessions.open',
  tags: [tag],
  summary: 'Open a session for pages of this origin',
  description:
    'With an API key in Authorization. It ends after eight hours without a request, a week at most, with the key, or when that is revoked. After four hours the answer to any request of the session replaces the cookie.',
  responses: {
    201: {
      description: 'The session is open.',
      headers: cookie,
      content: json(objectOf({ expiresAt: { type: 'string', format: 'date-time' } })),
    },
    ...problems('wrong-state'),
  },
};

const end: Operation = {
  operationId: 'sessions.end',
  tags: [tag],
  summary: 'End the session of this browser',
  description:
    'For every copy of the cookie, within ten seconds; its sockets are closed at once. Other sessions of the key stay.',
  responses: {
    204: { description: 'The cookie is removed.', headers: cookie },
    ...problems(),
  },
};

export const sessionsPart: Part = {
  tag: { name: tag, description: 'Sessions of browsers, for the pages of this origin.' },
  paths: { '/v1/sessions': { post: open, delete: end } },
  schemas: {},
};
