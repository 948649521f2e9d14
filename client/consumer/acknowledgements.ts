/** Acknowledges messages, those that end while a request is under way with the next one. */
import type { ReceiptResult } from '../../core/group/receipt.ts';

interface Waiting {
  readonly receipt: string;
  readonly resolve: (result: ReceiptResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export class Acknowledgements {
  readonly #ack: (receipts: readonly string[]) => Promise<ReceiptResult[]>;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(ack: (receipts: readonly string[]) => Promise<ReceiptResult[]>) {
    this.#ack = ack;
  }

  acknowledge(receipt: string): Promise<ReceiptResult | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<ReceiptResult | undefined>();
    this.#waiting.push({ receipt, resolve, reject });
    if (!this.#isSending) void this.#send();
    return promise;
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      const sent = this.#waiting.splice(0);
      try {
        const results = await this.#ack(sent.map(({ receipt }) => receipt));
        for (const [index, { resolve }] of sent.entries()) resolve(results[index]);
      } catch (error) {
        for (const { reject } of sent) reject(error);
      }
    }
    this.#isSending = false;
  }
}
