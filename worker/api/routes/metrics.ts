/** `GET /v1/metrics`: the same figures for a scraper, as OpenMetrics. */
import { Routes } from '../../http/routes.ts';
import { readFigures } from '../../operations/figures.ts';
import { metricsOf } from '../../operations/metrics.ts';
import { OPENMETRICS_TYPE, openMetricsText } from '../../operations/openmetrics-text.ts';
import { operationsStatus, withLags } from '../../operations/operations-status.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function metricsRoute(machinery: Machinery): Routes {
  return new Routes().get('/', async ({ env }) => {
    const figures = withLags(machinery.app, await readFigures(machinery, env));
    const text = openMetricsText(metricsOf(operationsStatus(figures)));
    return new Response(text, { headers: { 'content-type': OPENMETRICS_TYPE } });
  });
}
