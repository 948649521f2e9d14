/** The headers of a request that is signed as Standard Webhooks says. */
import { objectOf, type Schema } from './operation.ts';

const text: Schema = { type: 'string' };

export const webhookHeaders: Schema = objectOf({
  'webhook-id': { ...text, description: 'The same at every attempt.' },
  'webhook-timestamp': { ...text, description: 'Seconds since 1970.' },
  'webhook-signature': {
    ...text,
    description: 'One or several, `v1,` and base64, with spaces between.',
  },
});
