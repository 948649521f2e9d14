/** The document of messages is AsyncAPI 3.1, by the official JSON schema, and its messages are what is sent. */
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { App } from '../../core/app.ts';
import { asyncapiDocument } from '../../worker/api/openapi/asyncapi.ts';
import { cloudEvent } from '../../worker/publications/feed/cloud-event.ts';
import { cataloguedApp } from './support/catalogued-app.ts';
import { official } from './support/official-asyncapi.ts';

function served(app: App = cataloguedApp, basePath = ''): ReturnType<typeof asyncapiDocument> {
  return JSON.parse(JSON.stringify(asyncapiDocument(app, basePath)));
}

test.each([
  ['the app of this test', cataloguedApp],
  ['an app with neither publications nor inbounds', { aggregates: [], projections: [] }],
])('CT5 the document of %s is valid AsyncAPI 3.1', (_what, app) => {
  expect(official(served(app)), JSON.stringify(official.errors)).toBe(true);
});

test.each<[string, (document: ReturnType<typeof served>) => object]>([
  ['an unknown member', (document) => ({ ...document, channel: {} })],
  ['another version', (document) => ({ ...document, asyncapi: '3.0.0' })],
  ['an operation without a channel', (document) => ({ ...document, operations: { x: {} } })],
  [
    'a message whose payload is no schema',
    (document) => ({ ...document, components: { messages: { x: { payload: { type: 'text' } } } } }),
  ],
])('CT5 and with %s it would not be', (_what, broken) => {
  expect(official(broken(served()))).toBe(false);
});

test('CT5 each publication has its feed and its webhooks, each inbound its channel', () => {
  const { channels, operations } = served(cataloguedApp, '/ledge');
  expect(Object.entries(channels).map(([name, { address }]) => [name, address])).toEqual([
    ['live', '/ledge/v1/live'],
    ['feed.town', '/ledge/v1/publications/town'],
    ['webhooks.town', null],
    ['inbound.office', '/ledge/v1/inbound/office'],
    ['inbound.post', '/ledge/v1/inbound/post'],
  ]);
  expect(Object.entries(operations).map(([name, { action }]) => [name, action])).toEqual([
    ['receive', 'receive'],
    ['send', 'send'],
    ['publish.town', 'send'],
    ['deliver.town', 'send'],
    ['take.office', 'receive'],
    ['take.post', 'receive'],
  ]);
});

test('CT5 every reference leads to a part of the document', () => {
  const document = served();
  const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  const paths = [...refs].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(20);
  for (const path of paths) {
    const found = path.split('/').reduce<unknown>((part, key) => Object(part)[key], document);
    expect(found, path).toBeDefined();
  }
});

test('CT5 a deprecated version says until when it is promised', () => {
  const { messages } = served().components;
  expect(messages['person.moved.1']).toMatchObject({
    deprecated: true,
    description: 'Promised until 2027-06-30.',
  });
  expect(messages['person.moved.2']).not.toHaveProperty('deprecated');
});

/** The messages of the publication that a CloudEvent is. */
function messagesFor(event: unknown): string[] {
  const document = served();
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'doc');
  const names = Object.keys(document.components.messages);
  return names.filter((name) => {
    if (!name.includes('person.')) return false;
    const validate: ValidateFunction | undefined = ajv.getSchema(
      `doc#/components/messages/${name}/payload`,
    );
    return validate?.(event);
  });
}

test('CT5 an event of the feed, as it is sent, is the message of its type and version', () => {
  const published = {
    ...{ tenant: 'main', publication: 'town', stream: 'person/p-1', streamVersion: 2 },
    ...{ occurredAt: '2026-01-01T00:00:00.000Z', position: 7, tag: '0000', type: 'person.moved' },
  };
  const sent = (version: number, data: Parameters<typeof cloudEvent>[0]['data']) =>
    cloudEvent({ ...published, version, data }, 'a0-7-0000', 'https://town.example');
  const home = { street: 'Elm Street', inside: null };
  const second = ['person.moved.2', 'webhook.person.moved.2'];
  expect(messagesFor(sent(2, { person: 'p-1', name: null, home }))).toEqual(second);
  expect(messagesFor(sent(1, { person: 'p-1' }))).toEqual([
    'person.moved.1',
    'webhook.person.moved.1',
  ]);
  expect(messagesFor(sent(2, { person: 'p-1', name: null }))).toEqual([]);
  // Each has the data of the other version, or another address.
  expect(messagesFor(sent(1, { person: 'p-1', name: null, home }))).toEqual([]);
  expect(messagesFor({ ...sent(1, { person: 'p-1' }), type: 'person.left' })).toEqual([]);
  expect(messagesFor({ ...sent(11, { person: 'p-1' }) })).toEqual([]);
});
