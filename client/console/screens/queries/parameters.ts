/** The addresses of rows, and the parameters that each takes: from the description of the API. */

export interface QueryParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: { readonly enum?: readonly string[] };
}

/** Of the OpenAPI document, what this screen reads. */
export interface Described {
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly parameters?: readonly QueryParameter[] } }>
  >;
}

export interface Query {
  readonly name: string;
  readonly parameters: readonly QueryParameter[];
}

const BASE = '/v1/queries/';

/** Lists and named queries; a row by its key has an address of its own. */
export function queriesOf({ paths }: Described): Query[] {
  return Object.entries(paths).flatMap(([path, { get }]) => {
    const [, name = ''] = path.split(BASE);
    if (!path.startsWith(BASE) || name === '' || name.includes('/')) return [];
    const parameters = (get?.parameters ?? []).filter((one) => one.in === 'query');
    return [{ name, parameters: parameters.filter((one) => one.name !== 'cursor') }];
  });
}
