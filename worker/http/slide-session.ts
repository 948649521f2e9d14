/** Lets the session of a browser that is in use last longer: the answer to a request replaces its cookie. */
import type { AuthenticatedCaller } from './authenticate-caller.ts';

/** An answer that opens or ends a session keeps its own cookie. The route of sockets makes its answer by itself. */
export function slideSession({ setCookie }: AuthenticatedCaller, answer: Response): void {
  if (setCookie === undefined || answer.webSocket || answer.headers.has('set-cookie')) return;
  answer.headers.set('set-cookie', setCookie);
}
