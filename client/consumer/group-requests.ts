/** The requests of a consumer: messages, and what became of them. */
import type { ReceiptResult } from '../../core/group/receipt.ts';
import { ask, type ServerAccess } from '../ask.ts';
import { problemOf } from '../problem.ts';
import type { ConsumedEvent } from './consumer-types.ts';

export interface ReceivedMessage {
  readonly receipt: string;
  readonly attempt: number;
  readonly event: ConsumedEvent;
}

export interface GroupRequests {
  receive(input: object, signal: AbortSignal): Promise<readonly ReceivedMessage[]>;
  ack(receipts: readonly string[]): Promise<ReceiptResult[]>;
  nack(receipts: readonly string[], input: object): Promise<ReceiptResult[]>;
  extend(receipts: readonly string[], leaseSeconds: number): Promise<ReceiptResult[]>;
}

interface Answered {
  readonly messages?: readonly ReceivedMessage[];
  readonly results?: readonly { readonly result: ReceiptResult }[];
}

export function groupRequests(server: ServerAccess, group: string): GroupRequests {
  const post = async (
    operation: string,
    input: object,
    signal?: AbortSignal,
  ): Promise<Answered> => {
    const path = `/v1/groups/${encodeURIComponent(group)}/${operation}`;
    const headers = { 'content-type': 'application/json' };
    const question = { method: 'POST', path, headers, body: JSON.stringify(input) } as const;
    const reply = await ask(server, question, signal);
    if (reply.status >= 400) throw problemOf(reply);
    // As the document of the server describes it.
    return reply.body as Answered;
  };
  const resultsOf = ({ results = [] }: Answered) => results.map(({ result }) => result);
  return {
    receive: async (input, signal) => (await post('receive', input, signal)).messages ?? [],
    ack: async (receipts) => resultsOf(await post('ack', { receipts })),
    nack: async (receipts, input) => resultsOf(await post('nack', { receipts, ...input })),
    extend: async (receipts, leaseSeconds) =>
      resultsOf(await post('extend', { receipts, leaseSeconds })),
  };
}
