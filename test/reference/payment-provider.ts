/**
 * `node test/reference/payment-provider.ts [--port N]`: a payment provider to try the shop with. It makes one charge for each
 * idempotency key, declines what costs more than its limit, and answers a repeat as it has answered before.
 */
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const LIMIT_CENTS = 1_000_000;
const PORT = 8_790;

export interface ChargeRequest {
  readonly order: string;
  readonly cents: number;
}

/** `charges`: what was charged, by idempotency key. `answers`: of each call, in their order; left out: as the amount wants. */
export function paymentProvider(
  charges = new Map<string, ChargeRequest>(),
  answers: (call: number) => number | undefined = () => undefined,
): Server {
  let calls = 0;
  return createServer(async (request, response) => {
    const asked = (await json(request)) as ChargeRequest;
    const key = String(request.headers['idempotency-key'] ?? '');
    const status = answers(++calls) ?? (asked.cents > LIMIT_CENTS ? 402 : 201);
    if (status === 201 && !charges.has(key)) charges.set(key, asked);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ receipt: key }));
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: String(PORT) } } });
  const server = paymentProvider();
  server.listen(Number(values.port), () => {
    console.log(`A payment provider listens on http://localhost:${values.port}/charges`);
  });
}
