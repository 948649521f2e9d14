/** The words that the AsyncAPI document is made of: 3.1 as far as Ledge speaks it, as plain objects. */
import type { Schema, Schemas } from './operation.ts';
import type { Reference } from './references.ts';

export interface AsyncMessage {
  readonly name: string;
  readonly description?: string;
  readonly deprecated?: true;
  readonly contentType: string;
  readonly headers?: Schema;
  readonly payload: Schema;
}

export type AsyncMessages = Readonly<Record<string, AsyncMessage>>;

export interface AsyncChannel {
  /** `null`: known at run time alone. */
  readonly address: string | null;
  readonly description: string;
  readonly messages: Readonly<Record<string, Reference>>;
}

export interface AsyncOperation {
  /** The server's: it sends or receives. */
  readonly action: 'send' | 'receive';
  readonly channel: Reference;
  readonly messages: readonly Reference[];
  readonly bindings?: { readonly http: HttpBinding };
}

interface HttpBinding {
  readonly method: 'GET' | 'POST';
  readonly bindingVersion: '0.3.0';
}

/** What one feature adds to the document. */
export interface AsyncPart {
  readonly channels: Readonly<Record<string, AsyncChannel>>;
  readonly operations: Readonly<Record<string, AsyncOperation>>;
  readonly messages: AsyncMessages;
  readonly schemas: Schemas;
}

/** References to messages of the document. */
export function messageRefs(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/messages/${name}` }] as const),
  );
}

/** An operation on all messages of a channel, or on some. */
export function onChannel(
  channel: string,
  action: AsyncOperation['action'],
  names: readonly string[],
): AsyncOperation {
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    messages: names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  };
}

export function overHttp(method: HttpBinding['method']): Pick<AsyncOperation, 'bindings'> {
  return { bindings: { http: { method, bindingVersion: '0.3.0' } } };
}

/** The document as a whole. */
export interface AsyncDocument extends Omit<AsyncPart, 'messages' | 'schemas'> {
  readonly asyncapi: '3.1.0';
  readonly info: Readonly<Record<'title' | 'version' | 'description', string>>;
  readonly components: { readonly messages: AsyncMessages; readonly schemas: Schemas };
}
