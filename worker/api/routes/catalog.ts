/** `GET /catalog.json`: what the app consists of, what produces its events and what consumes them. */
import { catalogOf } from '../../../core/catalog/catalog.ts';
import type { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { publishedDocument } from './published-document.ts';

export function catalogRoute({ app }: Machinery): Routes {
  return publishedDocument(() => catalogOf(app));
}
