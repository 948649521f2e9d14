/** Spans as the platform records them: developers.cloudflare.com/workers/observability/traces/custom-spans. */
import { tracing } from 'cloudflare:workers';
import type { Platform } from './platform.ts';

export const enterSpan: Platform['span'] = (name, attributes, work) =>
  tracing.enterSpan(name, (span) => {
    try {
      return work();
    } finally {
      // Once the work has begun: a command has its correlation id then.
      if (span.isTraced) span.setAttributes(attributes());
    }
  });
