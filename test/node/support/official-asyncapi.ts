/** The official JSON schema of AsyncAPI 3.1. It brings its own meta-schema, and formats that no validator knows. */
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';

export const official = new Ajv({
  ...{ strict: false, meta: false, validateSchema: false, validateFormats: false },
}).compile<object>(Object(specs.schemas['3.1.0']));
