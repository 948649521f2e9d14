/** `GET /problems/{kind}`: where a problem's `type` leads: what it means, what to do, and the ways on from there. */

import { createHash } from 'node:crypto';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { commandText } from '../../../core/package-name.ts';
import { PROBLEM_PATH, problemKinds } from '../../../core/protocol/problem.ts';
import { unknownName } from '../../../core/protocol/unknown-name.ts';
import { page } from '../../http/page.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

const whatToDo: { readonly [Kind in Failure['outcome']]: string } = {
  invalid:
    'Every place that is wrong is listed in <code>errors</code>. Correct them and send again.',
  unauthorized: 'Send a credential.',
  forbidden:
    'The request came from a page of another origin, or under a name that this server does not answer to; then <code>detail</code> names the variable that allows it. Or only an operator may call this.',
  suspended:
    'An operator of the deployment has suspended the tenant. <code>mode</code> says whether it can still be read, <code>reason</code> why. It takes effect, and ends, within ten seconds.',
  unknown: 'Check the address: the name is not defined, or nothing was ever stored under it.',
  'method-not-allowed': 'The header <code>Allow</code> lists the methods of this address.',
  rejected:
    'The command was understood and the domain said no, for its own <code>reason</code>. The same command may be accepted once the state has changed.',
  'subject-forgotten':
    'The person that the command is about was forgotten, and nothing was stored. A subject that comes back is authorized again by an operator; what was stored before stays unreadable.',
  restored:
    'The database was put back to an earlier moment, and the position was given after that moment. Where <code>common</code> is there, send it as <code>after</code>: up to there nothing has changed. Else send an older position, or none. Events come again with the same stream, version and id: take each at most once.',
  damaged: `The journal lacks a position. Nothing is skipped: an operator has to look, for example with <code>${commandText('verify')}</code>.`,
  conflict: 'Another command was accepted first. Read the state again and decide on it.',
  parked:
    'The dead letters under <code>/v1/dead-letters</code> say which event and why. Redrive it once the handler takes it, or discard it. Without the token the query answers with what there is.',
  'wrong-state': 'Look up the current state, for example under <code>/v1/projections</code>.',
  'too-large': 'Send less at once; many commands go as the lines of a batch.',
  'too-many-rows':
    'A named query answers all of its rows or none. Narrow its parameters, give the query a <code>limit</code>, or read the list of the projection page by page.',
  'unsupported-media-type': 'Set <code>Content-Type</code>, and send the body uncompressed.',
  'key-reused': 'The idempotency key belongs to another command. Use a new key for a new command.',
  'upgrade-required':
    'Open the address as a WebSocket; <code>docs/live-protocol.md</code> says what is spoken there.',
  'too-many-requests':
    'Wait as long as <code>Retry-After</code> says; <code>limit</code> is what there was too much of. Of what is open at one time, close some.',
  failed:
    'Something broke on our side. With an idempotency key it is safe to send the same command again.',
  unavailable:
    'Try again after <code>Retry-After</code> seconds. With an idempotency key it is safe to send the same command again.',
};

export function problemsRoute({ basePath }: Machinery): Routes {
  return new Routes().get('/:kind', (context) => {
    const name = context.req.param('kind');
    const kinds = problemKinds();
    const found = kinds.find((one) => one.kind === name);
    if (!found) {
      const known = kinds.map((one) => one.kind);
      return unknownName('kind of problem', name, known);
    }
    const { kind, status, title } = found;
    return page(title, bodyOf(basePath, kind, status, title), [
      `style-src 'sha256-${STYLE_DIGEST}'`,
    ]);
  });
}

function bodyOf(basePath: string, kind: Failure['outcome'], status: number, title: string): string {
  const pages = `${basePath}${PROBLEM_PATH}`;
  const others = problemKinds().map((other) =>
    other.kind === kind
      ? `<li aria-current="page">${other.title}</li>`
      : `<li><a href="${pages}${other.kind}">${other.title}</a></li>`,
  );
  return `<style>${STYLE}</style>
<main>
<p>Status ${status} · <code>${pages}${kind}</code></p>
<h1>${title}</h1>
<p>${whatToDo[kind]}</p>
<p><a href="${basePath}/reference">API reference</a></p>
<nav aria-label="All problems"><h2>All problems</h2><ul>
${others.join('\n')}
</ul></nav>
</main>`;
}

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#f6f5f2, #16181c); color: light-dark(#1d2127, #e8eaed); }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -0.02em; }
h2 { margin: 2rem 0 0; font-size: 1rem; }
h1 + p { font-size: 1.125rem; }
ul { padding: 0; list-style: none; columns: 16rem; }
a { color: light-dark(#0b6e4f, #4fc79b); }
:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
[aria-current] { font-weight: 600; }
`;

/** The policy allows this one style. */
const STYLE_DIGEST = createHash('sha256').update(STYLE).digest('base64');
