/** The reference of the HTTP API, as Markdown: the OpenAPI document of the reference app. */
import { app } from '../../domain/app.ts';
import { openapiDocument } from '../../worker/api/openapi/document.ts';
import type { Operation } from '../../worker/api/openapi/operation.ts';

export function httpPage(): string {
  const { paths, tags } = openapiDocument(app);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const parts = tags.flatMap(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(name));
    return own.length === 0 ? [] : [`## ${name}`, description ?? '', ...own.map(section)];
  });
  return ['# HTTP', INTRODUCTION, ...parts].filter(Boolean).join('\n\n');
}

const INTRODUCTION = `Every address, as \`/openapi.json\` of the reference app describes it. Your app has the same addresses
with its own aggregates, projections, queries, publications and sagas; \`/reference\` of a running app has its fields, and lets you try it.`;

interface Addressed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function section({ path, method, operation }: Addressed): string {
  const { summary, description, responses } = operation;
  const answers = Object.keys(responses).join(', ');
  const parts = [
    `### ${method.toUpperCase()} ${path}`,
    `${summary}.`,
    description ?? '',
    `Answers: ${answers}.`,
  ];
  return parts.filter(Boolean).join('\n\n');
}
