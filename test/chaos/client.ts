/**
 * A client that writes down whatever it asks and is answered. What the server did not answer, because it died or was
 * away, is unknown; what it refused is not done.
 */
import { type Answers, type Command, placeIn, type Wanted } from '../checker/history.ts';
import type { Begun, Failure, Recorder } from '../checker/recorder.ts';
import { answerIn, type ClientCredential, shownPosition } from './credential.ts';

type Url = () => string | undefined;

const JSON_HEADERS = { 'content-type': 'application/json' };

export class ChaosClient {
  readonly name: string;
  readonly #url: Url;
  readonly #recorder: Recorder;
  /** Undefined: the server asks for none. */
  readonly #credential: ClientCredential | undefined;
  /** The bookmark of the newest data that it has seen: the next read is not older, whichever replica answers. */
  #bookmark: string | undefined;
  /** How far it has followed the journal, not sealed; empty before the first answer. */
  #position = '';

  constructor(name: string, url: Url, recorder: Recorder, credential?: ClientCredential) {
    this.name = name;
    this.#url = url;
    this.#recorder = recorder;
    this.#credential = credential;
  }

  /** Whether there is a server, as far as anybody can know. */
  get isServed(): boolean {
    return this.#url() !== undefined;
  }

  /** Undefined when it was not accepted, as far as is known. The signal hangs up: then nothing is known. */
  command(wanted: Command, signal?: AbortSignal): Promise<Answers['command'] | undefined> {
    const { stream, command, data, key, expectedVersion } = wanted;
    return this.#ask(wanted, `/v1/commands/${stream}/${command}`, {
      method: 'POST',
      headers: {
        ...JSON_HEADERS,
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(expectedVersion !== undefined && { 'if-match': `"${expectedVersion}"` }),
      },
      body: JSON.stringify(data),
      ...(signal && { signal }),
    });
  }

  state(stream: string): Promise<Answers['state'] | undefined> {
    // With a credential it says as well that the caller may not read it.
    const nothing = this.#credential ? undefined : { version: 0, state: null };
    return this.#ask({ kind: 'state', stream }, `/v1/aggregates/${stream}`, {}, nothing);
  }

  /** The stream's end as a whole: a page ends at its bytes, and a log only grows while its pages are read. */
  async events(stream: string, after: number): Promise<Answers['events'] | undefined> {
    const begun = this.#begin({ kind: 'events', stream, after });
    const events: Answers['events']['events'] = [];
    for (let from = after; ; from = events.at(-1)?.version ?? from) {
      const answer = await this.#fetch(`/v1/streams/${stream}?after=${from}&limit=1000`, {});
      if (answer?.status !== 200) {
        if (answer) endAs(begun, answer.status, answer.body);
        else begun.unknown();
        return undefined;
      }
      const page: Answers['events'] = Object(answer.body);
      events.push(...page.events);
      if (page.events.length > 0) continue;
      begun.ok({ events });
      return { events };
    }
  }

  rows(projection: string, tokens: readonly string[]): Promise<Answers['rows'] | undefined> {
    return this.#rows(projection, tokens, '');
  }

  /** With the count of all rows. */
  countedRows(projection: string): Promise<Answers['rows'] | undefined> {
    return this.#rows(projection, [], '&count=true');
  }

  #rows(projection: string, tokens: readonly string[], parameters: string) {
    const wanted = { kind: 'rows' as const, projection, tokens: [...tokens] };
    const path = `/v1/queries/${projection}?limit=1000${parameters}`;
    return this.#ask(wanted, path, consistentWith(tokens));
  }

  /** The journal after the last answered position. */
  async follow(wait: number): Promise<void> {
    const after = this.#position;
    const wanted = { kind: 'follow' as const, after: Number(placeIn(after) ?? 0) };
    const path = `/v1/events?limit=500&wait=${wait}${after && `&after=${shownPosition(after, this.#credential)}`}`;
    const answer = await this.#ask(wanted, path);
    // As it was answered, it is a text.
    if (answer) this.#position = String(answer.after);
  }

  /** The one row with the key. */
  async row(projection: string, key: string, tokens: readonly string[]): Promise<void> {
    const begun = this.#begin({ kind: 'rows', projection, key, tokens: [...tokens] });
    const path = `/v1/queries/${projection}/${key}`;
    const answer = await this.#fetch(path, consistentWith(tokens));
    if (!answer || answer.status >= 500) begun.unknown();
    else if (answer.status === 404) begun.ok({ rows: [] });
    else if (answer.status === 200) begun.ok({ rows: [answer.body] });
    else begun.fail(failureOf(answer.body));
  }

  /** An answer a line: what came before it was cut is known. */
  async batch(wanted: readonly Command[]): Promise<void> {
    const begun = wanted.map((one) => this.#begin(one));
    let answered = 0;
    try {
      for await (const line of this.#lines(wanted)) {
        const answer = Object(JSON.parse(line));
        const one = begun[answered++];
        if (one) endAs(one, answer.status, answer);
      }
    } catch {
      // The server was killed, or has not restarted yet.
    }
    for (const one of begun.slice(answered)) one.unknown();
  }

  async *#lines(wanted: readonly Command[]): AsyncGenerator<string> {
    const response = await fetch(`${this.#url()}/v1/commands`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...this.#authorization() },
      body: wanted.map((one) => `${JSON.stringify(batchLine(one))}\n`).join(''),
    });
    if (!response.ok || !response.body) throw new Error(`It was answered ${response.status}.`);
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  /** `absent` is what 404 means. */
  async #ask<W extends Wanted>(
    wanted: W,
    path: string,
    init: RequestInit = {},
    absent?: Answers[W['kind']],
  ): Promise<Answers[W['kind']] | undefined> {
    const begun = this.#begin(wanted);
    const answer = await this.#fetch(path, init);
    if (!answer) begun.unknown();
    else if (answer.status === 404 && absent) begun.ok(absent);
    else return endAs(begun, answer.status, answer.body);
    return undefined;
  }

  #begin(wanted: Wanted): Begun {
    const credential = this.#credential?.name;
    return this.#recorder.begin(this.name, { ...wanted, ...(credential && { credential }) });
  }

  #authorization(): Record<string, string> {
    return this.#credential ? { authorization: `Bearer ${this.#credential.key}` } : {};
  }

  async #fetch(path: string, init: RequestInit) {
    const bookmark = this.#bookmark !== undefined && { 'd1-bookmark': this.#bookmark };
    const headers = { ...init.headers, ...bookmark, ...this.#authorization() };
    try {
      const response = await fetch(`${this.#url()}${path}`, { ...init, headers });
      this.#bookmark = response.headers.get('d1-bookmark') ?? this.#bookmark;
      return {
        status: response.status,
        body: Object(answerIn(await response.text(), this.#credential)),
      };
    } catch {
      return undefined;
    }
  }
}

function endAs(begun: Begun, status: number, body: object) {
  if (status >= 500) begun.unknown();
  else if (status >= 400) begun.fail(failureOf(body));
  else {
    begun.ok(body);
    return Object(body);
  }
}

/** A problem's type ends with its kind. */
function failureOf(body: object): Failure {
  const { type, reason } = Object(body);
  return { outcome: String(type).split('/').at(-1) ?? '', ...(reason !== undefined && { reason }) };
}

function consistentWith(tokens: readonly string[]): RequestInit {
  return tokens.length === 0 ? {} : { headers: { 'consistent-with': tokens.join(',') } };
}

function batchLine({ stream, command, data, key, expectedVersion }: Command): object {
  const [aggregate, id] = stream.split('/');
  return {
    ...{ aggregate, id, command, data },
    ...(key !== undefined && { idempotencyKey: key }),
    ...(expectedVersion !== undefined && { expectedVersion }),
  };
}
