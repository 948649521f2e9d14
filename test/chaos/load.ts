/** All clients at once: writers, payers, readers, followers of the journal. Each continues until the end. */
import type { Command } from '../checker/history.ts';
import type { Recorder } from '../checker/recorder.ts';
import type { Board } from './board.ts';
import { ChaosClient } from './client.ts';
import { commandTo, OrderBook } from './order-book.ts';
import { oneOf, type Random, seeded } from './random.ts';
import { sleep } from './sleep.ts';

export interface Stage {
  readonly url: () => string | undefined;
  readonly recorder: Recorder;
  readonly board: Board;
  readonly seed: number;
  /** One order of so many comes by the web, and is fulfilled by a saga. */
  readonly webEvery: number;
  readonly isOver: () => boolean;
}

const WRITERS = 4;
const READERS = 2;
const BATCH_MAX = 10;

/** How soon a client looks again whether the server is back. */
const AWAY_MS = 10;

/** Between two payments, and between two looks of a reader: they leave the processor to the writers. */
const PAUSE_MS = 20;

export function runLoad(stage: Stage): Promise<unknown> {
  const writers = Array.from({ length: WRITERS }, (_, number) => writer(stage, number));
  const readers = Array.from({ length: READERS }, (_, number) => reader(stage, number));
  return Promise.all([...writers, ...readers, payer(stage), follower(stage)]);
}

async function keepOn(stage: Stage, client: ChaosClient, turn: () => Promise<unknown>) {
  while (!stage.isOver()) {
    if (client.isServed) await turn();
    else await sleep(AWAY_MS);
  }
}

function clientOf({ url, recorder }: Stage, name: string): ChaosClient {
  return new ChaosClient(name, url, recorder);
}

function writer(stage: Stage, number: number): Promise<void> {
  const client = clientOf(stage, `writer-${number}`);
  const random = seeded(stage.seed + number);
  const book = new OrderBook(`w${number}`, random, stage.board, stage.webEvery);
  return keepOn(stage, client, async () => {
    if (random(4) > 0) return sendOne(stage, client, random, book.next());
    const commands = Array.from({ length: 2 + random(BATCH_MAX) }, () => book.next());
    return client.batch(commands);
  });
}

/**
 * Every other request without a response is repeated at once; the rest are repeated in the end. Of what was answered,
 * writers like to see at once what became of it.
 */
async function sendOne(
  { board }: Stage,
  client: ChaosClient,
  random: Random,
  wanted: Command,
): Promise<void> {
  const asksAgain = wanted.key !== undefined && random(2) === 0;
  const answer = (await client.command(wanted)) ?? (asksAgain && (await client.command(wanted)));
  if (!answer) return;
  board.accepted(wanted.stream, answer.version);
  if (random(4) === 0) await readRow(client, wanted.stream, [`${wanted.stream}@${answer.version}`]);
}

function readRow(client: ChaosClient, stream: string, tokens: readonly string[]): Promise<void> {
  const [aggregate, id = ''] = stream.split('/');
  return client.row(aggregate === 'order' ? 'orders' : 'products', id, tokens);
}

/** Payments come late, and some never; those are settled in the end. */
function payer(stage: Stage): Promise<void> {
  const client = clientOf(stage, 'payer');
  const random = seeded(stage.seed + 100);
  return keepOn(stage, client, async () => {
    const order = oneOf(random, stage.board.webOrders);
    if (order !== undefined) {
      await client.command(
        random(5) === 0
          ? commandTo(`payment/${order}`, 'DeclinePayment', { reason: 'no money' })
          : commandTo(`payment/${order}`, 'CapturePayment', {}),
      );
    }
    await sleep(PAUSE_MS);
  });
}

function reader(stage: Stage, number: number): Promise<void> {
  const client = clientOf(stage, `reader-${number}`);
  const random = seeded(stage.seed + 200 + number);
  return keepOn(stage, client, async () => {
    await readSomething(stage.board, client, random);
    await sleep(PAUSE_MS);
  });
}

/** With a token or without: then it is at least nothing older than this reader has seen. */
async function readSomething(board: Board, client: ChaosClient, random: Random): Promise<unknown> {
  const stream = board.someStream(random);
  const tokens = random(2) === 0 ? [board.tokenOf(stream)] : [];
  switch (random(4)) {
    case 0:
      return client.state(stream);
    case 1:
      return client.events(stream, Math.max(0, board.versionOf(stream) - 5));
    case 2:
      return client.rows('products', tokens);
    default:
      return readRow(client, stream, tokens);
  }
}

function follower(stage: Stage): Promise<void> {
  const client = clientOf(stage, 'follower');
  return keepOn(stage, client, () => client.follow(1));
}
