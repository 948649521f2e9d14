/** Collects the spans of the Workers that it is the streaming tail of, and answers with them. */

interface TailEvent {
  readonly spanContext: { readonly traceId: string; readonly spanId?: string };
  readonly event: {
    readonly type: string;
    readonly name?: string;
    readonly spanId?: string;
    readonly info?: readonly { readonly name: string; readonly value: unknown }[];
  };
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly attributes: Record<string, unknown>;
}

const spans = new Map<string, Span>();

export default {
  tailStream: () => ({
    spanOpen: ({ spanContext: { traceId }, event: { name = '', spanId = '' } }: TailEvent) => {
      spans.set(spanId, { name, traceId, attributes: {} });
    },
    attributes: ({ spanContext: { spanId = '' }, event: { info = [] } }: TailEvent) => {
      const attributes = spans.get(spanId)?.attributes ?? {};
      for (const { name, value } of info) attributes[name] = value;
    },
  }),
  fetch: () => Response.json([...spans.values()].filter(({ name }) => name.startsWith('ledge.'))),
};
