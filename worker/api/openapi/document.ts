/**
 * The API's description, made from the app: what is not defined is not described, and what is defined cannot be
 * forgotten. Called by the route `/openapi.json`.
 */
import type { App } from '../../../core/app.ts';
import { relayMessage } from '../../../core/protocol/relay-message.ts';
import { actionsPart } from './actions.ts';
import { aggregatePart, sagaPart } from './aggregates.ts';
import { auditPart } from './audit.ts';
import { batchPart } from './batch.ts';
import { eventsPart } from './events.ts';
import { groupsPart } from './groups.ts';
import { inboundPart } from './inbound.ts';
import { issuersPart } from './issuers.ts';
import { jsonSchema } from './json-schema.ts';
import { keysPart } from './keys.ts';
import { livePart } from './live.ts';
import type { OpenApiDocument, Part, Schemas } from './operation.ts';
import { operationsPart } from './operations.ts';
import { parameters } from './parameters.ts';
import { problemResponses, problemUnder } from './problems.ts';
import { publicationsPart } from './publications.ts';
import { projectionPart } from './queries.ts';
import { sagasPart } from './sagas.ts';
import { schedulesPart } from './schedules.ts';
import { type IsOpen, securedPaths, securitySchemes } from './security.ts';
import { servicePart } from './service.ts';
import { sessionsPart } from './sessions.ts';
import { subjectsPart } from './subjects.ts';
import { subscriptionsPart } from './subscriptions.ts';
import { tenantsPart } from './tenants.ts';
import { timersPart } from './timers.ts';

/** The interface's own version, the 1 of `/v1`. Grows with what is described here, not with the app. */
const API_VERSION = '1.0.0';

/** `basePath`: under which the API is served; empty at the root. `isOpen`: to callers without a credential. */
export function openapiDocument(
  app: App,
  basePath = '',
  isOpen: IsOpen = () => false,
): OpenApiDocument {
  const parts: readonly Part[] = [
    ...app.aggregates.map(aggregatePart),
    ...app.projections.map(projectionPart),
    batchPart(app),
    eventsPart(app),
    publicationsPart(app),
    subscriptionsPart(app),
    groupsPart(app),
    inboundPart(app),
    livePart(app),
    sagasPart(app),
    ...(app.sagas ?? []).map(sagaPart),
    timersPart(app),
    actionsPart(app),
    schedulesPart(app),
    operationsPart(app),
    subjectsPart,
    tenantsPart,
    keysPart,
    issuersPart,
    sessionsPart,
    auditPart,
    servicePart,
  ];
  return {
    openapi: '3.1.1',
    info: { title: 'Ledge', version: API_VERSION, description },
    ...(basePath !== '' && { servers: [{ url: basePath }] }),
    tags: parts.map((part) => part.tag),
    paths: securedPaths(joined(parts.map((part) => part.paths)), isOpen),
    components: {
      schemas: joined([sharedSchemas(basePath), ...parts.map((part) => part.schemas)]),
      parameters,
      responses: problemResponses(),
      securitySchemes,
    },
  };
}

const description = `Send a command to an aggregate and its events are stored, or the response has the reason. Read models
follow at once, but not in the same instant: send a command's token as \`Consistent-With\` and the answer includes it.

Every failure is a problem (RFC 9457). Its \`type\` is stable and leads to an explanation. An address that is not
described here is answered with 404, another method with 405; \`Allow\` lists them, and OPTIONS returns it.`;

function sharedSchemas(basePath: string): Schemas {
  return {
    Problem: problemUnder(basePath),
    StoredEvent: jsonSchema(relayMessage.shape.events.element, 'output'),
  };
}

function joined<Value>(parts: readonly Readonly<Record<string, Value>>[]): Record<string, Value> {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}
