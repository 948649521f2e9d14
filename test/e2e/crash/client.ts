/**
 * A client that sends commands while the server is killed, and records each outcome, or that it is unknown. Every
 * command has its own key, so that one with an unknown outcome can be repeated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

export interface ShopCommand {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: object;
}

/** What the server decided, once and for all. */
export type Decided =
  | {
      readonly outcome: 'accepted';
      readonly version: number;
      readonly events: readonly { readonly id: string }[];
    }
  | { readonly outcome: 'rejected'; readonly reason: string };

const decided: z.ZodType<Decided> = z.union([
  z.object({
    outcome: z.literal('accepted'),
    version: z.number(),
    events: z.array(z.object({ id: z.string() })),
  }),
  z.object({ outcome: z.literal('rejected'), reason: z.string() }),
]);

export interface Sent extends ShopCommand {
  readonly idempotencyKey: string;
  decided?: Decided;
}

/** Answered, but with what no command of ours should be answered. */
class Unexpected extends Error {}

/** A batch may touch a thousand streams. */
const BATCH_COMMANDS = 500;

export class Client {
  readonly #url: () => string | undefined;
  readonly sent: Sent[] = [];

  constructor(url: () => string | undefined) {
    this.#url = url;
  }

  /** Whether there is a server, as far as anybody can know. */
  get isServed(): boolean {
    return this.#url() !== undefined;
  }

  /** One goes by its own route, several as a batch. Answers what of them is not known. */
  async send(unkeyed: readonly ShopCommand[]): Promise<Sent[]> {
    const commands = unkeyed.map(
      (command): Sent => ({ ...command, idempotencyKey: crypto.randomUUID() }),
    );
    this.sent.push(...commands);
    return this.repeat(commands);
  }

  /** With the same keys. */
  async repeat(commands: readonly Sent[]): Promise<Sent[]> {
    for (let at = 0; at < commands.length; at += BATCH_COMMANDS) {
      await this.#deliver(commands.slice(at, at + BATCH_COMMANDS));
    }
    return commands.filter((command) => !command.decided);
  }

  async #deliver(commands: readonly Sent[]): Promise<void> {
    const url = this.#url();
    if (url === undefined) return;
    try {
      const [single, ...others] = commands;
      if (single && others.length === 0) await this.#one(url, single);
      else await this.#batch(url, commands);
    } catch (error) {
      // The server was killed, or has not restarted yet.
      if (error instanceof Unexpected) throw error;
    }
  }

  async #one(url: string, sent: Sent): Promise<void> {
    const { aggregate, id, command, data, idempotencyKey } = sent;
    const response = await fetch(`${url}/v1/commands/${aggregate}/${id}/${command}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify(data),
    });
    this.#answered(sent, response.status, await response.text());
  }

  /** What came before the answer was cut is known. */
  async #batch(url: string, commands: readonly Sent[]): Promise<void> {
    const lines = commands.map(({ decided: _decided, ...line }) => `${JSON.stringify(line)}\n`);
    const response = await fetch(`${url}/v1/commands`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join(''),
    });
    if (!response.ok || !response.body)
      throw new Error(`The batch was answered ${response.status}.`);
    let rest = '';
    let answered = 0;
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const answers = `${rest}${chunk}`.split('\n');
      rest = answers.pop() ?? '';
      for (const answer of answers) {
        const command = commands[answered++];
        if (command) this.#answered(command, JSON.parse(answer).status, answer);
      }
    }
  }

  #answered(sent: Sent, status: number, text: string): void {
    if (status >= 500) return;
    const answer: Record<string, unknown> = JSON.parse(text);
    // The status of the route corresponds to the outcome in a batch.
    const outcome = status === 200 ? 'accepted' : 'rejected';
    const parsed = decided.safeParse({ outcome, ...answer });
    if (!parsed.success) throw new Unexpected(`${JSON.stringify(sent)} was answered ${text}`);
    sent.decided ??= parsed.data;
  }
}

/** How soon a client looks again whether the server is back. */
const AWAY_MS = 10;

/** Sends the commands of `next` until it is stopped. Every other command without a response is repeated at once. */
export async function keepSending(
  client: Client,
  next: () => readonly ShopCommand[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    if (!client.isServed) await sleep(AWAY_MS);
    else await sendUntilKnown(client, next());
  }
}

async function sendUntilKnown(client: Client, commands: readonly ShopCommand[]): Promise<void> {
  const unanswered = await client.send(commands);
  if (unanswered.length > 0 && Math.random() < 0.5) await client.repeat(unanswered);
}
