/** A request that is repeated while its failure may pass. Only for what a repeat does not change. */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { ask, NoAnswer, type Request, type Server } from './server.ts';

/** Chosen by us: a minute in all, in which a deployment or an overloaded part recovers. */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** @throws NoAnswer */
export async function askAgain<Shape>(
  server: Server,
  request: Request,
  shape: z.ZodType<Shape, Shape>,
): Promise<Shape> {
  for (const ms of WAITS_MS) {
    try {
      return await ask(server, request, shape);
    } catch (error) {
      if (!(error instanceof NoAnswer && error.isTransient)) throw error;
      await sleep(ms);
    }
  }
  return ask(server, request, shape);
}
