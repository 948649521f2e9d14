/** A target of webhooks: what it was sent, and what it answers as the test says. The objects of subscriptions reach it. */
import { CloudEvent } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

export interface ReceivedWebhook {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: RequestInit['redirect'];
  /** The `webhook-id`. */
  readonly id: string;
  /** The stream of the event. */
  readonly subject: string;
  /** The status that was answered; 0: none. */
  readonly status: number;
}

type Respond = (webhook: Omit<ReceivedWebhook, 'status'>, signal: AbortSignal) => TargetAnswer;
type TargetAnswer = Response | number | Promise<Response | number>;

class WebhookTarget {
  readonly received: ReceivedWebhook[] = [];
  respond: Respond = () => 204;
  /** How many requests were open at one time, at most. */
  openMax = 0;
  #open = 0;

  reset(): void {
    this.received.length = 0;
    this.respond = () => 204;
    this.openMax = 0;
  }

  get delivered(): ReceivedWebhook[] {
    return this.received.filter(({ status }) => status >= 200 && status < 300);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const body = String(init.body);
    const { subject = '' } = JSON.parse(body);
    const id = headers.get('webhook-id') ?? '';
    const webhook = { url, headers, body, redirect: init.redirect, id, subject };
    this.openMax = Math.max(this.openMax, ++this.#open);
    let status = 0;
    try {
      const answer = await this.respond(webhook, init.signal ?? new AbortController().signal);
      const response = typeof answer === 'number' ? new Response(null, { status: answer }) : answer;
      status = response.status;
      return response;
    } finally {
      this.#open--;
      this.received.push({ ...webhook, status });
    }
  };
}

export const webhookTarget = new WebhookTarget();

/** Verified by the official packages: the signature by Standard Webhooks, the body as a CloudEvent, strictly. */
// #region verify
export function verified(secret: string, { headers, body }: ReceivedWebhook): CloudEvent<unknown> {
  const named = Object.fromEntries([...headers].filter(([name]) => name.startsWith('webhook-')));
  const event = new CloudEvent(new Webhook(secret).verify(body, named) as object, true);
  event.validate();
  return event;
}
// #endregion
